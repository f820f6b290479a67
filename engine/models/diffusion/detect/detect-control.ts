/** @file Finds a ControlNet or T2I-Adapter in a file by tensor names and shapes. */
import { NodeError } from '../../../nodes/define.ts'
import { fileSource, type TensorSource } from '../../network/tensor-source.ts'
import type { SafetensorsFile } from '../../safetensors/read-safetensors.ts'
import type { ControlNetConfig } from '../control/build-controlnet.ts'
import type { AdapterConfig } from '../control/build-t2i-adapter.ts'
import { diffusersUNetName } from '../unet/names.ts'
import { readDiffusers, readOriginal, shapesOf } from './detect-unet.ts'

export type DetectedControl =
  | { kind: 'controlnet'; config: ControlNetConfig; source: TensorSource }
  | { kind: 't2i-adapter'; config: AdapterConfig; source: TensorSource }

/** @returns null when the file has neither. @throws NodeError when it is of a kind that is not supported */
export function detectControl(file: SafetensorsFile): DetectedControl | null {
  return detectControlNet(file) ?? detectAdapter(file)
}

function detectControlNet(file: SafetensorsFile): DetectedControl | null {
  if (file.tensors.has('task_embedding') || file.tensors.has('control_add_embedding.linear_1.weight')) {
    throw new NodeError(
      `${file.name} is a union ControlNet, which is not supported yet: take one for a single kind of hint`,
    )
  }
  if ([...file.tensors.keys()].some((name) => name.startsWith('lllite_unet'))) {
    throw new NodeError(`${file.name} is a ControlNet-LLLite, which is not supported yet: take the whole ControlNet`)
  }
  if (file.tensors.has('lora_controlnet')) {
    throw new NodeError(`${file.name} is a control LoRA, which is not supported yet: take the whole ControlNet`)
  }
  for (const prefix of ['control_model.', '']) {
    const shapeOf = shapesOf(file, prefix)
    const hint = shapeOf('input_hint_block.0.weight')
    if (!hint || !shapeOf('zero_convs.0.0.weight')) continue
    const config = { ...readOriginal(shapeOf, file.name, false), hintChannels: hint[1]! }
    return { kind: 'controlnet', config, source: fileSource(file, { prefix }) }
  }
  const shapeOf = shapesOf(file, '')
  const hint = shapeOf('controlnet_cond_embedding.conv_in.weight')
  if (!hint) return null
  const config = { ...readDiffusers(shapeOf, file.name, false), hintChannels: hint[1]! }
  return { kind: 'controlnet', config, source: fileSource(file, { nameOf: diffusersUNetName(config) }) }
}

function detectAdapter(file: SafetensorsFile): DetectedControl | null {
  for (const prefix of ['adapter.', '']) {
    const shapeOf = shapesOf(file, prefix)
    const isDiffusers = shapeOf('body.0.resnets.0.block1.weight') !== undefined
    const nameOf = isDiffusers ? diffusersAdapterName : (name: string) => name
    const inputs = shapeOf('conv_in.weight')?.[1]
    if (inputs === undefined || !shapeOf(nameOf('body.0.block1.weight'))) continue
    const channels = [0, 1, 2, 3].map((level) => shapeOf(nameOf(`body.${2 * level}.block1.weight`))?.[0] ?? 0)
    const unshuffle = inputs % 256 === 0 ? 16 : 8
    if (channels.includes(0) || inputs % unshuffle ** 2 !== 0) {
      throw new NodeError(`${file.name} is a T2I-Adapter of a kind that is not supported (only the full ones are)`)
    }
    const halves = unshuffle === 16 ? [false, false, true, false] : [false, true, true, true]
    const config = { hintChannels: inputs / unshuffle ** 2, unshuffle, channels, halves }
    return { kind: 't2i-adapter', config, source: fileSource(file, { prefix, nameOf }) }
  }
  return null
}

/** `body.3.block1` to `body.1.resnets.1.block1`; the entry convolution belongs to the level. */
function diffusersAdapterName(name: string): string {
  const parts = /^body\.(\d+)\.(.*)$/.exec(name)
  if (!parts) return name
  const [level, block] = [Math.floor(Number(parts[1]) / 2), Number(parts[1]) % 2]
  return parts[2]!.startsWith('in_conv') ? `body.${level}.${parts[2]}` : `body.${level}.resnets.${block}.${parts[2]}`
}
