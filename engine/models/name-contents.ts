/**
 * @file Says what a `.safetensors` file holds when a loader found nothing of its own in it, and which loader would. Goes by
 * names of tensors alone: whether the rest fits is judged by that loader.
 */
import type { SafetensorsFile } from './safetensors/read-safetensors.ts'

/** The first that fits; a checkpoint's parts come after the whole. */
const contents: readonly (readonly [what: string, loader: string, folder: string, tensors: readonly RegExp[]])[] = [
  ['a LoRA', 'LoraLoader', 'loras', [/[._]lora[._](down|up|A|B)\.|\.(hada_w1_a|lokr_w1|lokr_w1_a)$/]],
  ['a ControlNet', 'ControlNetLoader', 'controlnet', [/(^|\.)(zero_convs\.0\.0|controlnet_cond_embedding\.conv_in)\./]],
  [
    'a checkpoint',
    'CheckpointLoaderSimple',
    'checkpoints',
    [/^model\.diffusion_model\./, /^(first_stage_model|cond_stage_model|conditioner)\./],
  ],
  [
    'a diffusion model',
    'UNETLoader',
    'diffusion_models',
    [/(^|\.)(input_blocks\.0\.0|down_blocks\.0\.resnets\.0\.conv1)\.weight$/, /(^|\.)(time_embed|time_embedding)\./],
  ],
  ['a VAE', 'VAELoader', 'vae', [/(^|\.)decoder\.conv_in\.weight$/]],
  ['a text encoder', 'CLIPLoader', 'text_encoders', [/token_embedding\.weight$/]],
  ['an upscaler', 'UpscaleModelLoader', 'upscale_models', [/(^|\.)(conv_first|model\.1\.sub\.0\.|body\.0\.weight)/]],
]

/** @returns a sentence to end an error with, led by a space; empty when it is nothing that is known by its names */
export function nameContents(file: SafetensorsFile): string {
  const names = [...file.tensors.keys()]
  const found = contents.find(([, , , tensors]) => tensors.every((tensor) => names.some((name) => tensor.test(name))))
  if (!found) return ''
  const [what, loader, folder] = found
  return ` It looks like ${what}: that goes into models/${folder}, and ${loader} opens it.`
}
