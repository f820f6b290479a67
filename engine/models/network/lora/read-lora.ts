/**
 * @file Reads what a LoRA file says about which layer: kohya's names, diffusers' and PEFT's, and the relatives LoHa and
 * LoKr (LyCORIS), with or without DoRA. Which layers there are in a model is not known here.
 * @see Hu et al. 2021 (LoRA), arXiv 2106.09685; Yeh et al. 2023 (LyCORIS), arXiv 2309.14859; Liu et al. 2024 (DoRA), arXiv 2402.09353
 */
import { NodeError } from '../../../nodes/define.ts'
import { nameContents } from '../../name-contents.ts'
import { readSafetensors, type SafetensorsFile } from '../../safetensors/read-safetensors.ts'

/** Names of parts as this engine calls them, by the endings that files use. */
const endings: readonly (readonly [ending: string, part: string])[] = [
  ['.lora_down.weight', 'down'],
  ['.lora_up.weight', 'up'],
  ['.lora_mid.weight', 'mid'],
  ['.lora_A.weight', 'down'],
  ['.lora_B.weight', 'up'],
  ['.lora_A.default.weight', 'down'],
  ['.lora_B.default.weight', 'up'],
  ['.lora.down.weight', 'down'],
  ['.lora.up.weight', 'up'],
  ['_lora.down.weight', 'down'],
  ['_lora.up.weight', 'up'],
  ['.lora_linear_layer.down.weight', 'down'],
  ['.lora_linear_layer.up.weight', 'up'],
  ['.lora_magnitude_vector', 'dora_scale'],
  ['.alpha', 'alpha'],
  ['.dora_scale', 'dora_scale'],
  ['.diff', 'diff'],
  ...['hada_w1_a', 'hada_w1_b', 'hada_w2_a', 'hada_w2_b', 'hada_t1', 'hada_t2'].map(
    (part) => [`.${part}`, part] as const,
  ),
  ...['lokr_w1', 'lokr_w1_a', 'lokr_w1_b', 'lokr_w2', 'lokr_w2_a', 'lokr_w2_b', 'lokr_t2'].map(
    (part) => [`.${part}`, part] as const,
  ),
]

/** The network that a layer belongs to: the UNet, the first text encoder (CLIP-L or H), the second (CLIP-G). */
export type LoraTarget = 'unet' | 'te1' | 'te2'

/** How files begin the names of layers. The longest comes first where one begins another. */
const targets: readonly (readonly [beginning: string, target: LoraTarget])[] = [
  ['lora_unet_', 'unet'],
  ['lora_te1_', 'te1'],
  ['lora_te2_', 'te2'],
  ['lora_te_', 'te1'],
  ['lycoris_', 'unet'],
  ['base_model_model_', 'unet'],
  ['text_encoder_2_', 'te2'],
  ['text_encoder_', 'te1'],
  ['model_diffusion_model_', 'unet'],
  ['diffusion_model_', 'unet'],
  ['unet_', 'unet'],
]

/** Names of diffusers' UNet that nothing stands before. */
const bareUNet = /^(down_blocks|mid_block|up_blocks|conv_in|conv_out|time_embedding|add_embedding)_/

/** Names of the tensors that change one layer, by part. */
export type LoraLayer = ReadonlyMap<string, string>

export interface LoraFile {
  file: SafetensorsFile
  /** By network, then by the layer's name with `_` for every dot ({@link plainName}). */
  layers: ReadonlyMap<LoraTarget, ReadonlyMap<string, LoraLayer>>
  /** Tensors that say nothing this engine knows. */
  unknown: readonly string[]
}

/** Kohya's names have no dots; without them all dialects agree. */
export function plainName(module: string): string {
  return module.replaceAll('.', '_')
}

/** @throws NodeError naming the file when it is unreadable, or no LoRA at all */
export async function readLora(path: string): Promise<LoraFile> {
  const file = await readSafetensors(path)
  const layers = new Map<LoraTarget, Map<string, Map<string, string>>>()
  const unknown: string[] = []
  for (const name of file.tensors.keys()) {
    const ending = endings.find(([text]) => name.endsWith(text))
    const place = ending && splitTarget(name.slice(0, -ending[0].length))
    if (!ending || !place) {
      unknown.push(name)
      continue
    }
    const ofTarget = layers.get(place.target) ?? new Map<string, Map<string, string>>()
    layers.set(place.target, ofTarget)
    const layer = ofTarget.get(place.module) ?? new Map<string, string>()
    ofTarget.set(place.module, layer)
    layer.set(ending[1], name)
  }
  if (layers.size === 0)
    throw new NodeError(
      `${file.name} is no LoRA that this engine knows: ${describeTensors(file)}.${nameContents(file)}`,
    )
  return { file, layers, unknown }
}

function splitTarget(module: string): { target: LoraTarget; module: string } | null {
  const plain = plainName(module.replace(/\.processor(?=\.|$)/, ''))
  const target = targets.find(([beginning]) => plain.startsWith(beginning))
  if (!target) return bareUNet.test(plain) ? { target: 'unet', module: plain } : null
  const rest = plain.slice(target[0].length)
  // PEFT wraps names once more.
  return { target: target[1], module: rest.replace(/^unet_/, '') }
}

function describeTensors(file: SafetensorsFile): string {
  const [first] = file.tensors.keys()
  return `its first tensor is "${first?.slice(0, 80)}"`
}
