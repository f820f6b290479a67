/**
 * @file Real-ESRGAN's compact network (SRVGGNetCompact): convolutions at the picture's size, then squares of pixels.
 * @see Wang et al. 2021, arXiv 2107.10833, and its repository (BSD-3-Clause)
 */
import type { Layers } from '../network/layers.ts'

export interface CompactConfig {
  features: number
  convolutions: number
  scale: number
}

/** Input `input [1, 3, h, w]`, output `output [1, 3, scale * h, scale * w]`, 0 to 1. */
export function buildCompact(layers: Layers, { features, convolutions, scale }: CompactConfig): void {
  layers.graph.input('input', ['batch', 3, 'height', 'width'])
  let hidden = 'input'
  for (let index = 0; index < convolutions - 1; index += 1) {
    const inputs = index === 0 ? 3 : features
    hidden = layers.conv(hidden, `body.${2 * index}`, { inputs, outputs: features, kernel: 3 })
    const slopes = layers.weights.tensor(`body.${2 * index + 1}.weight`, [features], { dimensions: [features, 1, 1] })
    hidden = layers.node('PRelu', [hidden, slopes])
  }
  const last = { inputs: features, outputs: 3 * scale ** 2, kernel: 3 }
  hidden = layers.conv(hidden, `body.${2 * (convolutions - 1)}`, last)
  const large = layers.node('DepthToSpace', [hidden], { blocksize: scale, mode: 'CRD' })
  layers.toOutput(layers.add(large, layers.repeatPixels('input', scale)), 'output')
  layers.graph.output('output', ['batch', 3, 'output height', 'output width'])
}
