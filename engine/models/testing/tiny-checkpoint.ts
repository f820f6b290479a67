/**
 * @file Whole SD 1 checkpoints for tests: real names and layout, with narrow UNet and VAE and a text encoder of one layer, or
 * of real size; and a LoRA and a ControlNet that fit the narrow one. Their pictures mean nothing; their numbers follow the
 * rule of `tiny-weights.ts`.
 */
import { buildControlHint, buildControlNet } from '../diffusion/control/build-controlnet.ts'
import { buildUNet } from '../diffusion/unet/build-unet.ts'
import { knownUNets } from '../diffusion/unet/config.ts'
import { buildVaeDecoder, buildVaeEncoder, knownVae } from '../diffusion/vae/build-vae.ts'
import type { Layers } from '../network/layers.ts'
import type { Dtype } from '../safetensors/dtypes.ts'
import { clipShapes } from '../text/testing/clip-shapes.ts'
import { shapesOf } from './tiny-network.ts'
import { type Shapes, writeTinySafetensors } from './tiny-weights.ts'

const width = 32

/** A prime: no two rows of a matrix are the same. */
const period = 65_521

/** About 160 MB, nearly all of it the vocabulary. */
export async function writeTinyCheckpoint(path: string): Promise<void> {
  await writeTinySafetensors(path, checkpointShapes({ unet: width, vae: width, textLayers: 1 }), { period })
}

/** SD 1.5 at its real size: 4.3 GB in single precision. */
export async function writeFullCheckpoint(path: string, dtype: Dtype = 'F32'): Promise<void> {
  await writeTinySafetensors(path, checkpointShapes({ unet: 320, vae: 128, textLayers: 12 }), { dtype, period })
}

/** @param unet - channels of the UNet's first level; @param vae - of the VAE's */
function checkpointShapes({ unet, vae, textLayers }: { unet: number; vae: number; textLayers: number }): Shapes {
  const autoencoder = knownVae(vae)
  return new Map([
    ...shapesOf(
      (layers) => buildUNet(layers, knownUNets.sd1(unet), { control: false, adapter: false }),
      'model.diffusion_model.',
    ),
    ...shapesOf((layers: Layers) => buildVaeDecoder(layers, autoencoder), 'first_stage_model.'),
    ...shapesOf((layers: Layers) => buildVaeEncoder(layers, autoencoder), 'first_stage_model.'),
    ...clipShapes({
      kind: 'clip_l',
      layout: 'transformers',
      prefix: 'cond_stage_model.transformer.',
      width: 768,
      layers: textLayers,
    }),
  ])
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
