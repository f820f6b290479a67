/**
 * @file A whole SD 1 checkpoint for tests: real names and layout, narrow UNet and VAE, a text encoder of one layer. Its
 * pictures mean nothing; its numbers follow the rule of `tiny-weights.ts`.
 */
import { buildUNet } from '../diffusion/unet/build-unet.ts'
import { knownUNets } from '../diffusion/unet/config.ts'
import { buildVaeDecoder, buildVaeEncoder, knownVae } from '../diffusion/vae/build-vae.ts'
import type { Layers } from '../network/layers.ts'
import { clipShapes } from '../text/testing/clip-shapes.ts'
import { shapesOf } from './tiny-network.ts'
import { type Shapes, writeTinySafetensors } from './tiny-weights.ts'

const width = 32

/** About 160 MB, nearly all of it the vocabulary, whose values are a pattern that is quickly made. */
export async function writeTinyCheckpoint(path: string): Promise<void> {
  const vae = knownVae(width)
  const shapes: Shapes = new Map([
    ...shapesOf(
      (layers) => buildUNet(layers, knownUNets.sd1(width), { control: false, adapter: false }),
      'model.diffusion_model.',
    ),
    ...shapesOf((layers: Layers) => buildVaeDecoder(layers, vae), 'first_stage_model.'),
    ...shapesOf((layers: Layers) => buildVaeEncoder(layers, vae), 'first_stage_model.'),
    ...clipShapes({
      kind: 'clip_l',
      layout: 'transformers',
      prefix: 'cond_stage_model.transformer.',
      width: 768,
      layers: 1,
    }),
  ])
  const vocabulary = [...shapes.keys()].find((name) => name.endsWith('token_embedding.weight'))!
  const size = shapes.get(vocabulary)!.reduce((product, side) => product * side, 1)
  const pattern = new Float32Array(size)
  for (let at = 0, state = 1; at < size; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    pattern[at] = (state / 2 ** 32 - 0.5) * 0.2
  }
  await writeTinySafetensors(path, shapes, { values: new Map([[vocabulary, pattern]]) })
}
