/** @file Pixels that become channels. */
import type { Layers } from './layers.ts'

/** `torch.nn.PixelUnshuffle`: the squares' pixels lie behind each other per channel. */
export function unshufflePixels(layers: Layers, input: string, channels: number, factor: number): string {
  const split = layers.node('Shape', [input], { start: 2, end: 4 })
  const coarse = layers.node('Div', [split, layers.integers(factor, factor)])
  const [height, width] = layers.graph.nodeWithOutputs('Split', [coarse], { axis: 0, num_outputs: 2 }, 2)
  const squares = layers.concat(
    [layers.integers(0, channels), height!, layers.integers(factor), width!, layers.integers(factor)],
    0,
  )
  const parts = layers.node('Reshape', [input, squares])
  const moved = layers.node('Transpose', [parts], { perm: [0, 1, 3, 5, 2, 4] })
  const shape = layers.concat([layers.integers(0, channels * factor ** 2), height!, width!], 0)
  return layers.node('Reshape', [moved, shape])
}
