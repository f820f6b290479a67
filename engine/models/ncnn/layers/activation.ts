/** @file Activations: ReLU, PReLU and Sigmoid as layers, and fused behind a convolution (parameters 9 and 10). */
import type { LayerContext, LayerKind } from './layer-context.ts'

const fused = { none: 0, relu: 1, leakyRelu: 2, sigmoid: 4 } as const

/** Adds the activation that parameters 9 (kind) and 10 (numbers) ask for. @returns the activated value */
export function applyFusedActivation(layer: LayerContext, value: string): string {
  const kind = layer.integer(9, fused.none, { min: 0, max: 100 })
  if (kind === fused.none) return value
  if (kind === fused.relu) return layer.graph.node('Relu', [value])
  if (kind === fused.sigmoid) return layer.graph.node('Sigmoid', [value])
  if (kind === fused.leakyRelu) {
    const [slope] = layer.list(10)
    if (slope === undefined) return layer.fail('does not say the slope of its leaky ReLU')
    return layer.graph.node('LeakyRelu', [value], { alpha: { float: slope } })
  }
  return layer.fail(`has the activation ${kind}, which this engine does not know`)
}

export const relu: LayerKind = (layer) => {
  layer.knows(0)
  layer.requireInputs(1)
  const { value, shape } = layer.input()
  const slope = layer.number(0, 0, { min: -1e6, max: 1e6 })
  const result =
    slope === 0
      ? layer.graph.node('Relu', [value])
      : layer.graph.node('LeakyRelu', [value], { alpha: { float: slope } })
  return layer.blob(result, shape)
}

/** A slope per channel, or one for all. */
export const prelu: LayerKind = (layer) => {
  layer.knows(0)
  layer.requireInputs(1)
  const { value, shape } = layer.input()
  const count = layer.integer(0, 0, { min: 1, max: shape.channels })
  if (count !== 1 && count !== shape.channels) layer.fail(`has ${count} slopes for ${shape.channels} channels`)
  const slopes = layer.graph.floats('slope', [count, 1, 1], layer.weights.floats(count, layer.name))
  return layer.blob(layer.graph.node('PRelu', [value, slopes]), shape)
}

export const sigmoid: LayerKind = (layer) => {
  layer.knows()
  layer.requireInputs(1)
  return layer.blob(layer.graph.node('Sigmoid', [layer.input().value]), layer.input().shape)
}
