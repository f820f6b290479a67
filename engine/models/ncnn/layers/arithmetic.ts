/** @file Arithmetic between blobs: BinaryOp, Eltwise, and Scale by a second blob. */
import type { Blob, BlobShape, LayerContext, LayerKind } from './layer-context.ts'

/** ncnn's numbering of BinaryOp. `reversed` takes the operands the other way round. */
const binaryOperators: readonly { operator: string; reversed?: true }[] = [
  { operator: 'Add' },
  { operator: 'Sub' },
  { operator: 'Mul' },
  { operator: 'Div' },
  { operator: 'Max' },
  { operator: 'Min' },
  { operator: 'Pow' },
  { operator: 'Sub', reversed: true },
  { operator: 'Div', reversed: true },
]

export const binaryOp: LayerKind = (layer) => {
  layer.knows(0, 1, 2)
  const kind = binaryOperators[layer.integer(0, 0, { min: 0, max: binaryOperators.length - 1 })]!
  const withNumber = layer.integer(1, 0, { min: 0, max: 1 }) === 1
  layer.requireInputs(withNumber ? 1 : 2)
  const left = layer.input(0)
  const shape = withNumber ? left.shape : broadcast(layer, left, layer.input(1))
  const right = withNumber
    ? layer.graph.floats('number', [1], [layer.number(2, 0, { min: -1e30, max: 1e30 })])
    : layer.input(1).value
  const operands = kind.reversed ? [right, left.value] : [left.value, right]
  return layer.blob(layer.graph.node(kind.operator, operands), shape)
}

/** Product, weighted sum or maximum of any number of blobs. */
export const eltwise: LayerKind = (layer) => {
  layer.knows(0, 1)
  if (layer.inputs.length < 2) layer.fail('reads fewer than two blobs')
  const operator = ['Mul', 'Add', 'Max'][layer.integer(0, 0, { min: 0, max: 2 })]!
  const coefficients = layer.list(1)
  if (coefficients.length > 0 && (operator !== 'Add' || coefficients.length !== layer.inputs.length)) {
    layer.fail('has coefficients that do not fit its inputs')
  }
  const weighted = layer.inputs.map(({ value, shape }, index) => {
    const coefficient = coefficients[index] ?? 1
    if (coefficient === 1) return { value, shape }
    return { value: layer.graph.node('Mul', [value, layer.graph.floats('factor', [1], [coefficient])]), shape }
  })
  return weighted.reduce((left, right) =>
    layer.blob(layer.graph.node(operator, [left.value, right.value]), broadcast(layer, left, right)),
  )
}

/** Multiplies a picture by a vector that the network computed (squeeze and excite). Stored factors are not known. */
export const scale: LayerKind = (layer) => {
  layer.knows(0)
  layer.requireInputs(2)
  if (!layer.input(1).shape.isVector) layer.fail('does not scale by a vector')
  const product = layer.graph.node('Mul', [layer.input(0).value, layer.input(1).value])
  return layer.blob(product, broadcast(layer, layer.input(0), layer.input(1)))
}

function broadcast(layer: LayerContext, left: Blob, right: Blob): BlobShape {
  const [a, b] = [left.shape, right.shape]
  if (a.channels !== b.channels && a.channels !== 1 && b.channels !== 1) {
    layer.fail(`combines ${a.channels} with ${b.channels} channels`)
  }
  const larger = a.isVector ? b : a
  return { ...larger, channels: Math.max(a.channels, b.channels) }
}
