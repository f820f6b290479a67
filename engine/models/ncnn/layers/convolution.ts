/** @file Convolution, Deconvolution and InnerProduct: the layers that hold nearly all of the weights. */
import { applyFusedActivation } from './activation.ts'
import type { LayerContext, LayerKind } from './layer-context.ts'

interface Window {
  outputs: number
  inputs: number
  kernel: readonly [height: number, width: number]
  strides: readonly [height: number, width: number]
  dilations: readonly [height: number, width: number]
  /** top, left, bottom, right */
  pads: readonly [number, number, number, number]
  weightCount: number
  hasBias: boolean
}

export const convolution: LayerKind = (layer) => {
  layer.knows(0, 1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 16)
  layer.requireInputs(1)
  const { value, shape } = layer.input()
  const window = readWindow(layer)
  const dimensions = [window.outputs, window.inputs, ...window.kernel]
  const weights = layer.graph.floats('weight', dimensions, layer.weights.taggedFloats(window.weightCount, layer.name))
  const sum = layer.graph.node('Conv', [value, weights, ...readBias(layer, window)], {
    kernel_shape: window.kernel,
    strides: window.strides,
    dilations: window.dilations,
    pads: window.pads,
  })
  return layer.blob(applyFusedActivation(layer, sum), {
    channels: window.outputs,
    scaleY: shape.scaleY / window.strides[0],
    scaleX: shape.scaleX / window.strides[1],
    isVector: false,
  })
}

export const deconvolution: LayerKind = (layer) => {
  layer.knows(0, 1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 16)
  layer.requireInputs(1)
  const { value, shape } = layer.input()
  const window = readWindow(layer)
  const stored = layer.weights.taggedFloats(window.weightCount, layer.name)
  const weights = layer.graph.floats(
    'weight',
    [window.inputs, window.outputs, ...window.kernel],
    swapFirstTwo(stored, window.outputs, window.inputs, window.kernel[0] * window.kernel[1]),
  )
  const sum = layer.graph.node('ConvTranspose', [value, weights, ...readBias(layer, window)], {
    kernel_shape: window.kernel,
    strides: window.strides,
    dilations: window.dilations,
    pads: window.pads,
  })
  return layer.blob(applyFusedActivation(layer, sum), {
    channels: window.outputs,
    scaleY: shape.scaleY * window.strides[0],
    scaleX: shape.scaleX * window.strides[1],
    isVector: false,
  })
}

/** A matrix over the channels of a pooled blob; the result keeps the form batch, channels, 1, 1. */
export const innerProduct: LayerKind = (layer) => {
  layer.knows(0, 1, 2, 9, 10)
  layer.requireInputs(1)
  const { value, shape } = layer.input()
  if (!shape.isVector) layer.fail('reads a picture; this engine knows it behind global pooling only')
  const outputs = layer.integer(0, 0, { min: 1, max: 65_536 })
  const weightCount = layer.integer(2, 0, { min: 1, max: 2 ** 31 })
  if (weightCount !== outputs * shape.channels) {
    layer.fail(`has ${weightCount} weights for ${shape.channels} inputs and ${outputs} outputs`)
  }
  const matrix = layer.graph.floats(
    'matrix',
    [outputs, shape.channels],
    layer.weights.taggedFloats(weightCount, layer.name),
  )
  const operands = [layer.graph.node('Flatten', [value], { axis: 1 }), matrix]
  if (layer.integer(1, 0, { min: 0, max: 1 }) === 1) {
    operands.push(layer.graph.floats('bias', [outputs], layer.weights.floats(outputs, layer.name)))
  }
  const activated = applyFusedActivation(layer, layer.graph.node('Gemm', operands, { transB: 1 }))
  const result = layer.graph.node('Reshape', [activated, layer.graph.integers('shape', [0, outputs, 1, 1])])
  return layer.blob(result, { ...shape, channels: outputs })
}

/** The parameters that both convolutions share; a missing one repeats its horizontal or leading partner. */
function readWindow(layer: LayerContext): Window {
  const { channels } = layer.input().shape
  const outputs = layer.integer(0, 0, { min: 1, max: 65_536 })
  const kernelWidth = layer.integer(1, 0, { min: 1, max: 64 })
  const kernelHeight = layer.integer(11, kernelWidth, { min: 1, max: 64 })
  const dilationWidth = layer.integer(2, 1, { min: 1, max: 64 })
  const dilationHeight = layer.integer(12, dilationWidth, { min: 1, max: 64 })
  const strideWidth = layer.integer(3, 1, { min: 1, max: 16 })
  const strideHeight = layer.integer(13, strideWidth, { min: 1, max: 16 })
  // Negative values ask for padding by the picture's size, which these networks do not use.
  const left = layer.integer(4, 0, { min: 0, max: 256 })
  const right = layer.integer(15, left, { min: 0, max: 256 })
  const top = layer.integer(14, left, { min: 0, max: 256 })
  const bottom = layer.integer(16, top, { min: 0, max: 256 })
  const weightCount = layer.integer(6, 0, { min: 1, max: 2 ** 31 })
  const expected = outputs * channels * kernelWidth * kernelHeight
  if (weightCount !== expected) {
    layer.fail(
      `has ${weightCount} weights; ${outputs} x ${channels} kernels of ${kernelWidth} x ${kernelHeight} take ${expected}`,
    )
  }
  return {
    outputs,
    inputs: channels,
    kernel: [kernelHeight, kernelWidth],
    strides: [strideHeight, strideWidth],
    dilations: [dilationHeight, dilationWidth],
    pads: [top, left, bottom, right],
    weightCount,
    hasBias: layer.integer(5, 0, { min: 0, max: 1 }) === 1,
  }
}

function readBias(layer: LayerContext, window: Window): string[] {
  if (!window.hasBias) return []
  return [layer.graph.floats('bias', [window.outputs], layer.weights.floats(window.outputs, layer.name))]
}

/** ncnn stores output-first, ONNX's ConvTranspose wants input-first. */
function swapFirstTwo(values: Float32Array, first: number, second: number, size: number): Float32Array {
  const swapped = new Float32Array(values.length)
  for (let a = 0; a < first; a += 1) {
    for (let b = 0; b < second; b += 1) {
      const from = (a * second + b) * size
      swapped.set(values.subarray(from, from + size), (b * first + a) * size)
    }
  }
  return swapped
}
