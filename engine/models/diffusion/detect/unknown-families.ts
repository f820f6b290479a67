/** @file Families that this engine does not run, known by name so that the error can say which one a file is. */
import type { SafetensorsFile } from '../../safetensors/read-safetensors.ts'

/** A tensor that only this family has; the name may stand behind any prefix. */
const families: readonly (readonly [family: string, tensor: RegExp])[] = [
  ['Flux', /double_blocks\.0\.img_attn\.norm\.key_norm\.scale$|single_transformer_blocks\.0\.proj_mlp\.weight$/],
  ['Hunyuan Video', /double_blocks\.0\.img_attn_q_norm\.weight$|txt_in\.individual_token_refiner/],
  [
    'Stable Diffusion 3',
    /joint_blocks\.0\.context_block\.attn\.qkv\.weight$|transformer_blocks\.0\.attn\.add_q_proj\.weight$/,
  ],
  ['AuraFlow', /double_layers\.0\.attn\.w1q\.weight$/],
  ['Stable Cascade', /clip_txt_mapper\.weight$|effnet_mapper\.0\.weight$/],
  ['PixArt', /caption_projection\.linear_1\.weight$|y_embedder\.y_proj\.fc1\.weight$/],
  ['Hunyuan DiT', /mlp_t5\.0\.weight$/],
  ['Wan', /blocks\.0\.cross_attn\.norm_k\.weight$/],
  ['LTX Video', /patchify_proj\.weight$/],
  ['Qwen Image', /transformer_blocks\.0\.img_mod\.1\.weight$/],
  ['Lumina', /cap_embedder\.1\.weight$/],
  ['Mochi', /t5_yproj\.weight$/],
  ['Cosmos', /blocks\.block0\.blocks\.0\.block\.attn/],
  ['Stable Video Diffusion', /time_stack\.0\.norm1\.weight$|temporal_transformer_blocks\.0/],
  ['AnimateDiff motion module', /motion_modules\.0\.temporal_transformer/],
  ['IP-Adapter', /^ip_adapter\./],
]

/** @returns the family's name, or null */
export function nameUnknownFamily(file: SafetensorsFile): string | null {
  const names = [...file.tensors.keys()]
  return families.find(([, tensor]) => names.some((name) => tensor.test(name)))?.[0] ?? null
}
