/**
 * @file ControlNet: the way down of the UNet again, told what the picture should follow. Its hint picture is embedded once
 * for all steps, by a graph of its own.
 * @see Zhang et al. 2023, arXiv 2302.05543
 */
import type { Layers } from '../../network/layers.ts'
import { UNetBlocks } from '../unet/blocks.ts'
import { goDown, middle } from '../unet/build-unet.ts'
import type { UNetConfig } from '../unet/config.ts'

export interface ControlNetConfig extends UNetConfig {
  /** Of the hint picture: 3. */
  hintChannels: number
}

/** Channels of the eight convolutions over the hint, and which of them halve; the last has the UNet's own. */
const hintLayers = [
  { channels: 16, stride: 1 },
  { channels: 16, stride: 1 },
  { channels: 32, stride: 2 },
  { channels: 32, stride: 1 },
  { channels: 96, stride: 2 },
  { channels: 96, stride: 1 },
  { channels: 256, stride: 2 },
] as const

/** Input `hint [batch, 3, 8h, 8w]`, 0 to 1, output `guidance [batch, modelChannels, h, w]`. */
export function buildControlHint(layers: Layers, { hintChannels, modelChannels }: ControlNetConfig): void {
  layers.graph.input('hint', ['batch', hintChannels, 'picture height', 'picture width'])
  let hidden = layers.toPrecision('hint')
  let from = hintChannels
  for (const [index, { channels, stride }] of hintLayers.entries()) {
    const name = `input_hint_block.${2 * index}`
    hidden = layers.silu(layers.conv(hidden, name, { inputs: from, outputs: channels, kernel: 3, stride, padding: 1 }))
    from = channels
  }
  const last = `input_hint_block.${2 * hintLayers.length}`
  layers.toOutput(layers.conv(hidden, last, { inputs: from, outputs: modelChannels, kernel: 3 }), 'guidance')
  layers.graph.output('guidance', ['batch', modelChannels, 'height', 'width'])
}

/**
 * Inputs as the UNet's, and `guidance`. Outputs `control_<n>` for every input block and `control_middle`, which are the
 * inputs of the UNet's control variant.
 */
export function buildControlNet(layers: Layers, config: ControlNetConfig): void {
  const blocks = new UNetBlocks(layers, config)
  layers.graph.input('guidance', ['guidance batch', config.modelChannels, 'height', 'width'])
  const guidance = layers.toPrecision('guidance')
  const skips = goDown(blocks, config, { afterStem: (value) => layers.add(value, guidance) })
  for (const [index, { value, channels }] of skips.entries()) {
    output(layers, value, `zero_convs.${index}.0`, channels, `control_${index}`)
  }
  const { channels } = config.levels.at(-1)!
  const hidden = middle(blocks, skips.at(-1)!.value, channels, config.middleDepth)
  output(layers, hidden, 'middle_block_out.0', channels, 'control_middle')
}

function output(layers: Layers, value: string, name: string, channels: number, as: string): void {
  layers.toOutput(layers.conv(value, name, { inputs: channels, outputs: channels, kernel: 1 }), as)
  layers.graph.output(as, ['batch', channels, `${as} height`, `${as} width`])
}
