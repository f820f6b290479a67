/**
 * @file T2I-Adapter: a small network that makes four features of a hint picture, once, for the UNet's way down.
 * @see Mou et al. 2023, arXiv 2302.08453
 */
import type { Layers } from '../../network/layers.ts'
import { unshufflePixels } from '../../network/shuffle.ts'

export interface AdapterConfig {
  hintChannels: number
  /** Side of the squares of hint pixels that become channels: 8, for SDXL 16. */
  unshuffle: number
  channels: readonly number[]
  /** Which of the four begin by halving. */
  halves: readonly boolean[]
}

const blocksPerLevel = 2

/** Input `hint [batch, 3, 8h, 8w]`, 0 to 1, outputs `feature_0` to `feature_3`. */
export function buildT2iAdapter(layers: Layers, { hintChannels, unshuffle, channels, halves }: AdapterConfig): void {
  layers.graph.input('hint', ['batch', hintChannels, 'picture height', 'picture width'])
  const squares = unshufflePixels(layers, layers.toPrecision('hint'), hintChannels, unshuffle)
  let from = channels[0]!
  const inputs = hintChannels * unshuffle ** 2
  let hidden = layers.conv(squares, 'conv_in', { inputs, outputs: from, kernel: 3 })
  for (const [level, outputs] of channels.entries()) {
    if (halves[level]) hidden = halve(layers, hidden)
    for (let block = 0; block < blocksPerLevel; block += 1) {
      hidden = residual(layers, hidden, `body.${level * blocksPerLevel + block}`, from, outputs)
      from = outputs
    }
    const name = `feature_${level}`
    layers.toOutput(hidden, name)
    layers.graph.output(name, ['batch', outputs, `${name} height`, `${name} width`])
  }
}

function residual(layers: Layers, input: string, name: string, inputs: number, outputs: number): string {
  const entry = inputs === outputs ? input : layers.conv(input, `${name}.in_conv`, { inputs, outputs, kernel: 1 })
  const hidden = layers.relu(layers.conv(entry, `${name}.block1`, { inputs: outputs, outputs, kernel: 3 }))
  return layers.add(layers.conv(hidden, `${name}.block2`, { inputs: outputs, outputs, kernel: 1 }), entry)
}

/** The mean of 2 x 2 pixels; at an odd edge, of what is there. */
function halve(layers: Layers, input: string): string {
  return layers.node('AveragePool', [input], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 })
}
