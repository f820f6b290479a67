/**
 * @file A whole SD 1 checkpoint for tests: real names and layout, narrow UNet and VAE, a text encoder of one layer; and a
 * LoRA and a ControlNet that fit it. Their pictures mean nothing; their numbers follow the rule of `tiny-weights.ts`.
 */
import { buildControlHint, buildControlNet } from '../diffusion/control/build-controlnet.ts'
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

/** kohya's names, for one layer of the UNet and one of the text encoder. */
export async function writeTinyLora(path: string): Promise<void> {
  const query = 'lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q'
  const text = 'lora_te_text_model_encoder_layers_0_mlp_fc1'
  const shapes: Shapes = new Map([
    [`${query}.lora_down.weight`, [4, width]],
    [`${query}.lora_up.weight`, [width, 4]],
    [`${query}.alpha`, []],
    [`${text}.lora_down.weight`, [4, 768]],
    [`${text}.lora_up.weight`, [4 * 768, 4]],
    [`${text}.alpha`, []],
  ])
  await writeTinySafetensors(path, shapes, {
    values: new Map([query, text].map((layer) => [`${layer}.alpha`, Float32Array.of(4)])),
  })
}

export async function writeTinyControlNet(path: string): Promise<void> {
  const config = { ...knownUNets.sd1(width), hintChannels: 3 }
  const build = (layers: Layers) => {
    buildControlNet(layers, config)
    buildControlHint(layers, config)
  }
  await writeTinySafetensors(path, shapesOf(build, 'control_model.'))
}
