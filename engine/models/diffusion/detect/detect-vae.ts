/** @file Finds a VAE or TAESD in a file by tensor names and shapes. */
import { fileSource, type TensorSource } from '../../network/tensor-source.ts'
import type { SafetensorsFile } from '../../safetensors/read-safetensors.ts'
import type { TaesdConfig } from '../vae/build-taesd.ts'
import type { VaeConfig } from '../vae/build-vae.ts'
import { diffusersVaeName } from '../vae/names.ts'

export interface DetectedVae {
  config: VaeConfig
  source: TensorSource
}

export interface DetectedTaesd {
  config: TaesdConfig
  decoder?: TensorSource
  encoder?: TensorSource
}

const prefixes = ['first_stage_model.', 'vae.', '']

/** @returns null when the file has no VAE of this family */
export function detectVae(file: SafetensorsFile): DetectedVae | null {
  for (const prefix of prefixes) {
    const shape = (name: string) => file.tensors.get(prefix + name)?.shape
    const latent = shape('decoder.conv_in.weight')
    const isOriginal = shape('decoder.up.0.block.0.conv1.weight') !== undefined
    const isDiffusers = shape('decoder.up_blocks.0.resnets.0.conv1.weight') !== undefined
    // A video VAE has kernels of three dimensions.
    if (latent?.length !== 4 || (!isOriginal && !isDiffusers)) continue
    const widths = isOriginal
      ? collect((level) => shape(`decoder.up.${level}.block.0.conv1.weight`)?.[0])
      : collect((level) => shape(`decoder.up_blocks.${level}.resnets.0.conv1.weight`)?.[0]).reverse()
    const channels = widths[0]!
    const config: VaeConfig = {
      channels,
      multipliers: widths.map((width) => width / channels),
      latentChannels: latent[1]!,
      hasQuantConv: shape('post_quant_conv.weight') !== undefined,
    }
    const older = shape('decoder.mid_block.attentions.0.query.weight') !== undefined
    const naming = isOriginal ? {} : { nameOf: diffusersVaeName(widths.length, older) }
    return { config, source: fileSource(file, { prefix, ...naming }) }
  }
  return null
}

/** @returns null when the file is neither half of TAESD */
export function detectTaesd(file: SafetensorsFile): DetectedTaesd | null {
  const decoder = findHalf(file, ['taesd_decoder.', 'decoder.layers.', ''], '1', '3')
  const encoder = findHalf(file, ['taesd_encoder.', 'encoder.layers.', ''], '0', '1')
  const found = decoder ?? encoder
  if (!found) return null
  return {
    config: found.config,
    ...(decoder && { decoder: decoder.source }),
    ...(encoder && { encoder: encoder.source }),
  }
}

/** @param first, block - the first convolution and the first block behind it */
function findHalf(file: SafetensorsFile, names: readonly string[], first: string, block: string) {
  for (const prefix of names) {
    const isDecoder = first === '1'
    // diffusers does not count the clamp that the original decoder begins with.
    const shift = isDecoder && prefix.endsWith('layers.') ? 1 : 0
    const nameOf = (key: string) => key.replace(/^\d+/, (place) => String(Number(place) - shift))
    const shape = file.tensors.get(`${prefix}${nameOf(`${first}.weight`)}`)?.shape
    const hasBlock = file.tensors.has(`${prefix}${nameOf(`${block}.conv.0.weight`)}`)
    if (!shape || !hasBlock || (!isDecoder && shape[1] !== 3)) continue
    const channels = shape[0]!
    const last = isDecoder ? shape[1]! : (file.tensors.get(`${prefix}14.weight`)?.shape[0] ?? 4)
    return { config: { channels, latentChannels: last }, source: fileSource(file, { prefix, nameOf }) }
  }
  return null
}

function collect(at: (index: number) => number | undefined): number[] {
  const values: number[] = []
  for (let value = at(0); value !== undefined; value = at(values.length)) values.push(value)
  return values
}
