/** @file The UNet of Stable Diffusion 1, 2 and XL as a graph: any batch, height, width and number of text tokens. */
import type { Layers } from '../../network/layers.ts'
import { UNetBlocks } from './blocks.ts'
import { inputBlocks, type UNetConfig } from './config.ts'
import { FreeUBlocks, type FreeUVersion } from './free-u.ts'

export interface UNetVariant {
  /** Inputs `control_<n>` and `control_middle`, added to what skips over the U (ControlNet). */
  control: boolean
  /** Inputs `adapter_<n>` and, for three levels, `adapter_middle`: see {@link adapterPlaces} (T2I-Adapter). */
  adapter: boolean
  /** Inputs `freeu_<n>`: see {@link FreeUBlocks}. @default none */
  freeU?: readonly FreeUVersion[]
}

/**
 * Inputs, all `float32`: `x [batch, inChannels, h, w]`, `timesteps [batch]`, `context [batch, tokens, contextWidth]`,
 * with a label `y [batch, labelWidth]`, and those of the variant (a `[1, C, 1, 1]` of zeros stands for none).
 * Output: `out [batch, outChannels, h, w]`, what the network predicts (noise or velocity).
 */
export function buildUNet(layers: Layers, config: UNetConfig, variant: UNetVariant): void {
  const blocks = new UNetBlocks(layers, config)
  const skips = goDown(blocks, config, variant)
  const coarsest = config.levels.at(-1)!
  let hidden = skips.at(-1)!.value
  hidden = middle(blocks, hidden, coarsest.channels, config.middleDepth)
  if (variant.control) hidden = layers.add(hidden, addition(layers, 'control_middle', coarsest.channels))
  if (variant.adapter && adapterPlaces(config).includes('middle')) {
    hidden = layers.add(hidden, addition(layers, 'adapter_middle', coarsest.channels))
  }
  hidden = goUp(blocks, hidden, skips, config, variant)

  hidden = layers.silu(layers.groupNorm(hidden, 'out.0', config.modelChannels))
  hidden = layers.conv(hidden, 'out.2', { inputs: config.modelChannels, outputs: config.outChannels, kernel: 3 })
  layers.toOutput(hidden, 'out')
  layers.graph.output('out', ['batch', config.outChannels, 'height', 'width'])
}

/**
 * Behind which input blocks the four features of a T2I-Adapter are added: the last of each level; SDXL's adapter sees
 * half the size, so its features begin behind the first halving and end in the middle.
 */
export function adapterPlaces(config: Pick<UNetConfig, 'modelChannels' | 'levels'>): (number | 'middle')[] {
  const plan = inputBlocks(config)
  const lasts = config.levels.map((_, level) =>
    plan.findLastIndex((block) => block.kind !== 'downsample' && block.level === level),
  )
  return config.levels.length === 3 ? [lasts[0]! + 1, lasts[1]!, lasts[2]!, 'middle'] : lasts
}

/** What a block of the way down hands over to the way up. */
export interface Skip {
  value: string
  channels: number
}

/** The way down. @returns the result of every block; the last goes on to the middle */
export function goDown(
  blocks: UNetBlocks,
  config: UNetConfig,
  { adapter = false, afterStem = (value: string) => value } = {},
): Skip[] {
  const { layers } = blocks
  const plan = inputBlocks(config)
  const places = adapter ? adapterPlaces(config) : []
  const skips: Skip[] = []
  let hidden = layers.toPrecision('x')
  for (const [index, block] of plan.entries()) {
    const name = `input_blocks.${index}`
    if (block.kind === 'stem') {
      hidden = layers.conv(hidden, `${name}.0`, { inputs: config.inChannels, outputs: block.channels, kernel: 3 })
      hidden = afterStem(hidden)
    } else if (block.kind === 'downsample') {
      hidden = blocks.downsample(hidden, `${name}.0.op`, block.channels)
    } else {
      hidden = blocks.residual(hidden, `${name}.0`, block.from, block.channels)
      if (block.depth > 0) hidden = blocks.transformer(hidden, `${name}.1`, block.channels, block.depth)
    }
    if (places.includes(index)) hidden = layers.add(hidden, addition(layers, `adapter_${index}`, block.channels))
    skips.push({ value: hidden, channels: block.channels })
  }
  return skips
}

export function middle(blocks: UNetBlocks, input: string, channels: number, depth: number): string {
  let hidden = blocks.residual(input, 'middle_block.0', channels, channels)
  if (depth > 0) hidden = blocks.transformer(hidden, 'middle_block.1', channels, depth)
  return blocks.residual(hidden, `middle_block.${depth > 0 ? 2 : 1}`, channels, channels)
}

function goUp(
  blocks: UNetBlocks,
  input: string,
  skips: readonly Skip[],
  config: UNetConfig,
  { control, freeU = [] }: UNetVariant,
): string {
  const { layers } = blocks
  const changes = new FreeUBlocks(layers, freeU, config.modelChannels)
  const left = [...skips]
  let hidden = input
  let from = config.levels.at(-1)!.channels
  let index = 0
  for (const [level, { channels, up }] of [...config.levels.entries()].reverse()) {
    for (const [step, depth] of up.entries()) {
      const skip = left.pop()!
      const name = `output_blocks.${index}`
      const added = control
        ? layers.add(skip.value, addition(layers, `control_${left.length}`, skip.channels))
        : skip.value
      const parts = changes.apply(hidden, from, added, `level ${level}`)
      hidden = blocks.residual(layers.concat(parts, 1), `${name}.0`, from + skip.channels, channels)
      if (depth > 0) hidden = blocks.transformer(hidden, `${name}.1`, channels, depth)
      if (level > 0 && step === up.length - 1) {
        hidden = blocks.upsample(hidden, `${name}.${depth > 0 ? 2 : 1}.conv`, channels, left.at(-1)!.value)
      }
      from = channels
      index += 1
    }
  }
  return hidden
}

/** An input of the graph that is added to something of so many channels. */
function addition(layers: Layers, name: string, channels: number): string {
  layers.graph.input(name, [`${name} batch`, channels, `${name} height`, `${name} width`])
  return layers.toPrecision(name)
}
