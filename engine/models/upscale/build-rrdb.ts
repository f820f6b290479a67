/**
 * @file RRDBNet: the network of ESRGAN, BSRGAN and Real-ESRGAN.
 * @see Wang et al. 2018 (ESRGAN), arXiv 1809.00219; Wang et al. 2021 (Real-ESRGAN), arXiv 2107.10833
 */
import type { Layers } from '../network/layers.ts'
import { unshufflePixels } from '../network/shuffle.ts'

export interface RrdbConfig {
  features: number
  /** Channels that each layer of a dense block adds. */
  growth: number
  blocks: number
  /** Doublings of the size at the end. */
  upsteps: number
  /** Side of the squares of pixels that become channels at the beginning: 1, or 2 for a network of half the scale. */
  unshuffle: number
}

/** What a file calls the layers. */
export interface RrdbNames {
  first: string
  dense(block: number, part: number, layer: number): string
  trunk(blocks: number): string
  up(step: number): string
  high(upsteps: number): string
  last(upsteps: number): string
}

const layersPerDense = 5
const residualScale = 0.2
const slope = 0.2

/** Input `input [1, 3, h, w]`, output `output [1, 3, H, W]`, 0 to 1. */
export function buildRrdb(layers: Layers, config: RrdbConfig, names: RrdbNames): void {
  const { features, blocks, upsteps, unshuffle } = config
  layers.graph.input('input', ['batch', 3, 'height', 'width'])
  const same = { inputs: features, outputs: features, kernel: 3 }
  const input = unshuffle === 1 ? 'input' : unshufflePixels(layers, 'input', 3, unshuffle)
  const first = layers.conv(input, names.first, { inputs: 3 * unshuffle ** 2, outputs: features, kernel: 3 })
  let hidden = first
  for (let block = 0; block < blocks; block += 1) {
    let inner = hidden
    for (let part = 1; part <= 3; part += 1) {
      inner = dense(layers, inner, (layer) => names.dense(block, part, layer), config)
    }
    hidden = addScaled(layers, hidden, inner)
  }
  hidden = layers.add(first, layers.conv(hidden, names.trunk(blocks), same))
  for (let step = 0; step < upsteps; step += 1) {
    hidden = leaky(layers, layers.conv(layers.repeatPixels(hidden, 2), names.up(step), same))
  }
  hidden = leaky(layers, layers.conv(hidden, names.high(upsteps), same))
  layers.toOutput(layers.conv(hidden, names.last(upsteps), { inputs: features, outputs: 3, kernel: 3 }), 'output')
  layers.graph.output('output', ['batch', 3, 'output height', 'output width'])
}

function dense(layers: Layers, input: string, name: (layer: number) => string, { features, growth }: RrdbConfig) {
  const parts = [input]
  for (let layer = 1; layer < layersPerDense; layer += 1) {
    const all = parts.length === 1 ? input : layers.concat(parts, 1)
    const inputs = features + growth * (layer - 1)
    parts.push(leaky(layers, layers.conv(all, name(layer), { inputs, outputs: growth, kernel: 3 })))
  }
  const inputs = features + growth * (layersPerDense - 1)
  const last = layers.conv(layers.concat(parts, 1), name(layersPerDense), { inputs, outputs: features, kernel: 3 })
  return addScaled(layers, input, last)
}

function addScaled(layers: Layers, input: string, change: string): string {
  return layers.add(input, layers.multiply(change, layers.constant([residualScale])))
}

function leaky(layers: Layers, input: string): string {
  return layers.node('LeakyRelu', [input], { alpha: { float: slope } })
}
