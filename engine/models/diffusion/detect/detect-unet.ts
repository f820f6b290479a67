/** @file Finds a UNet in a file, and its configuration, by tensor names and shapes: original and diffusers' names. */
import { NodeError } from '../../../nodes/define.ts'
import { fileSource, type TensorSource } from '../../network/tensor-source.ts'
import type { SafetensorsFile } from '../../safetensors/read-safetensors.ts'
import { readTensorValues } from '../../safetensors/tensor-values.ts'
import type { UNetConfig, UNetLevel } from '../unet/config.ts'
import { diffusersUNetName } from '../unet/names.ts'

/** `sd1` also is everything trained from it; inpainting and editing variants keep the family. */
export type DiffusionFamily = 'sd1' | 'sd2' | 'sdxl' | 'sdxl-refiner'

/** What the network was trained to predict. Samplers may be told otherwise (ModelSamplingDiscrete). */
export interface Prediction {
  /** `edm` is Playground v2.5's: its latents have a scale of their own, too. */
  type: 'epsilon' | 'v_prediction' | 'edm'
  /** Trained with a schedule that ends in pure noise. */
  zeroTerminalSnr: boolean
  /** Trained over a range of noise levels in place of numbered steps. */
  range?: { sigmaMin: number; sigmaMax: number }
}

export interface DetectedUNet {
  family: DiffusionFamily
  config: UNetConfig
  source: TensorSource
}

/** Shapes of tensors by original or diffusers' names, without the prefix. */
type ShapeOf = (name: string) => readonly number[] | undefined

const originalPrefixes = ['model.diffusion_model.', 'diffusion_model.', '']
const diffusersPrefixes = ['', 'unet.', 'model.']
const maxBlocks = 64

/** @returns null when the file has no UNet. @throws NodeError when it has one that is incomplete or of no known family */
export function detectUNet(file: SafetensorsFile): DetectedUNet | null {
  for (const prefix of originalPrefixes) {
    if (!file.tensors.has(`${prefix}input_blocks.0.0.weight`) || !file.tensors.has(`${prefix}out.2.weight`)) continue
    const config = readOriginal(shapesOf(file, prefix), file.name)
    return { family: familyOf(config, file), config, source: fileSource(file, { prefix }) }
  }
  for (const prefix of diffusersPrefixes) {
    const isUNet =
      file.tensors.has(`${prefix}conv_in.weight`) && file.tensors.has(`${prefix}up_blocks.0.resnets.0.conv1.weight`)
    if (!isUNet || !file.tensors.has(`${prefix}time_embedding.linear_1.weight`)) continue
    const config = readDiffusers(shapesOf(file, prefix), file.name, true)
    const source = fileSource(file, { prefix, nameOf: diffusersUNetName(config) })
    return { family: familyOf(config, file), config, source }
  }
  return null
}

export function shapesOf(file: SafetensorsFile, prefix: string): ShapeOf {
  return (name) => file.tensors.get(prefix + name)?.shape
}

function familyOf({ contextWidth, labelWidth }: UNetConfig, file: SafetensorsFile): DiffusionFamily {
  if (contextWidth === 768 && labelWidth === null) return 'sd1'
  if (contextWidth === 1024 && labelWidth === null) return 'sd2'
  if (contextWidth === 2048 && labelWidth !== null) return 'sdxl'
  if (contextWidth === 1280 && labelWidth !== null) return 'sdxl-refiner'
  throw new NodeError(
    `${file.name} is of a family that is not supported: its UNet takes text of width ${contextWidth}${labelWidth === null ? '' : ` and labels of ${labelWidth}`}. Supported are Stable Diffusion 1, 2, XL and its refiner`,
  )
}

/** A configuration by original names. @param hasUpPath - false for a ControlNet, which has only the way down */
export function readOriginal(shapeOf: ShapeOf, fileName: string, hasUpPath = true): UNetConfig {
  const levels: { channels: number; down: number[]; up: number[] }[] = []
  let isNewLevel = true
  for (let block = 1; block < maxBlocks; block += 1) {
    const name = `input_blocks.${block}`
    const channels = shapeOf(`${name}.0.in_layers.2.weight`)?.[0]
    if (channels !== undefined) {
      if (isNewLevel) levels.push({ channels, down: [], up: [] })
      isNewLevel = false
      levels.at(-1)!.down.push(depthOf(shapeOf, `${name}.1`))
    } else if (shapeOf(`${name}.0.op.weight`)) isNewLevel = true
    else break
  }
  if (hasUpPath) {
    let level = levels.length - 1
    for (let block = 0; block < maxBlocks && level >= 0; block += 1) {
      const name = `output_blocks.${block}`
      if (!shapeOf(`${name}.0.in_layers.2.weight`)) break
      levels[level]!.up.push(depthOf(shapeOf, `${name}.1`))
      if (shapeOf(`${name}.1.conv.weight`) || shapeOf(`${name}.2.conv.weight`)) level -= 1
    }
  }
  return finish(shapeOf, fileName, levels, {
    stem: 'input_blocks.0.0.weight',
    out: 'out.2.weight',
    time: 'time_embed.0.weight',
    label: 'label_emb.0.0.weight',
    middle: 'middle_block.1',
    attention: (level, step) => `input_blocks.${inputBlock(levels, level, step)}.1`,
  })
}

export function readDiffusers(shapeOf: ShapeOf, fileName: string, hasUpPath: boolean): UNetConfig {
  const levels: { channels: number; down: number[]; up: number[] }[] = []
  for (let level = 0; level < maxBlocks; level += 1) {
    const channels = shapeOf(`down_blocks.${level}.resnets.0.conv1.weight`)?.[0]
    if (channels === undefined) break
    levels.push({ channels, down: depths(shapeOf, `down_blocks.${level}`), up: [] })
  }
  if (hasUpPath) {
    for (const [index, level] of [...levels].reverse().entries()) level.up = depths(shapeOf, `up_blocks.${index}`)
  }
  return finish(shapeOf, fileName, levels, {
    stem: 'conv_in.weight',
    out: 'conv_out.weight',
    time: 'time_embedding.linear_1.weight',
    label: 'add_embedding.linear_1.weight',
    middle: 'mid_block.attentions.0',
    attention: (level, step) => `down_blocks.${level}.attentions.${step}`,
  })
}

interface Names {
  stem: string
  out: string
  time: string
  label: string
  middle: string
  attention(level: number, step: number): string
}

function finish(shapeOf: ShapeOf, fileName: string, levels: readonly UNetLevel[], names: Names): UNetConfig {
  const stem = shapeOf(names.stem)
  const modelChannels = shapeOf(names.time)?.[1]
  const first = levels.flatMap(({ down }, level) =>
    down.flatMap((depth, step) => (depth > 0 ? [[level, step]] : [])),
  )[0]
  const middleDepth = depthOf(shapeOf, names.middle)
  const block = first ? names.attention(first[0]!, first[1]!) : names.middle
  const contextWidth = shapeOf(`${block}.transformer_blocks.0.attn2.to_k.weight`)?.[1]
  if (!stem || !modelChannels || !contextWidth || levels.length === 0) {
    throw new NodeError(`${fileName} has part of a UNet only: it is incomplete, or of a family that is not supported`)
  }
  const heads: UNetConfig['heads'] = contextWidth === 768 ? { count: 8 } : { width: 64 }
  const perHead = 'count' in heads ? heads.count : heads.width
  const attended = levels.filter(({ down, up }) => [...down, ...up].some((depth) => depth > 0))
  const odd = [...attended, ...(middleDepth > 0 ? levels.slice(-1) : [])].find(
    ({ channels }) => channels % perHead !== 0,
  )
  if (odd) {
    throw new NodeError(
      `${fileName} is of a kind that is not supported: it has ${odd.channels} channels where heads of ${perHead} are expected`,
    )
  }
  return {
    inChannels: stem[1]!,
    outChannels: shapeOf(names.out)?.[0] ?? 4,
    modelChannels,
    levels,
    middleDepth,
    contextWidth,
    // Only the first generation has a fixed number of heads.
    heads,
    labelWidth: shapeOf(names.label)?.[1] ?? null,
  }
}

function depths(shapeOf: ShapeOf, block: string): number[] {
  const found: number[] = []
  while (shapeOf(`${block}.resnets.${found.length}.conv1.weight`)) {
    found.push(depthOf(shapeOf, `${block}.attentions.${found.length}`))
  }
  return found
}

function depthOf(shapeOf: ShapeOf, name: string): number {
  let depth = 0
  while (shapeOf(`${name}.transformer_blocks.${depth}.attn1.to_q.weight`)) depth += 1
  return depth
}

function inputBlock(levels: readonly UNetLevel[], level: number, step: number): number {
  // The stem, and before each level its residual blocks and a halving.
  return 1 + levels.slice(0, level).reduce((sum, { down }) => sum + down.length + 1, 0) + step
}

/** Playground v2.5's range, and what CosXL's has below where its file does not say. */
const edmRange = { sigmaMin: 0.002, sigmaMax: 80 }

/** CosXL predicts v over a range of noise levels, Playground v2.5 what EDM does. Their checkpoints have tensors that say it. */
async function detectRange(file: SafetensorsFile): Promise<Prediction | null> {
  if (file.tensors.has('edm_mean') && file.tensors.has('edm_std')) {
    return { type: 'edm', zeroTerminalSnr: false, range: edmRange }
  }
  const [lowest, highest] = ['edm_vpred.sigma_min', 'edm_vpred.sigma_max']
  if (!file.tensors.has(highest!)) return null
  const sigmaMin = file.tensors.has(lowest!) ? await readNumber(file, lowest!) : edmRange.sigmaMin
  const sigmaMax = await readNumber(file, highest!)
  if (!(sigmaMin > 0 && sigmaMax > sigmaMin && sigmaMax < Number.POSITIVE_INFINITY)) {
    throw new NodeError(`${file.name} is damaged: its noise levels go from ${sigmaMin} to ${sigmaMax}`)
  }
  return { type: 'v_prediction', zeroTerminalSnr: false, range: { sigmaMin, sigmaMax } }
}

async function readNumber(file: SafetensorsFile, name: string): Promise<number> {
  const { shape } = file.tensors.get(name)!
  if (shape.some((size) => size !== 1)) throw new NodeError(`${file.name} is damaged: "${name}" is not one number`)
  return (await readTensorValues(file, name))[0]!
}

/**
 * What the network predicts. Files of newer tools say it with an empty tensor; SD 2's 768-pixel models do not, but
 * their last normalization spreads wider than that of the others.
 */
export async function detectPrediction(
  file: SafetensorsFile,
  { family, config, source }: DetectedUNet,
): Promise<Prediction> {
  const ranged = family === 'sdxl' ? await detectRange(file) : null
  if (ranged) return ranged
  const zeroTerminalSnr = file.tensors.has('ztsnr')
  if (file.tensors.has('v_pred')) return { type: 'v_prediction', zeroTerminalSnr }
  const tell = source.find('output_blocks.11.1.transformer_blocks.0.norm1.bias', [config.modelChannels])
  if (family !== 'sd2' || config.inChannels !== 4 || !tell) return { type: 'epsilon', zeroTerminalSnr }
  const values = await readTensorValues(tell.file, tell.name)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { type: Math.sqrt(variance) > 0.09 ? 'v_prediction' : 'epsilon', zeroTerminalSnr }
}
