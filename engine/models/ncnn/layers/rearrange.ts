/** @file Layers that move values without weighing them: Split, Concat, Crop, PixelShuffle, Interp, global Pooling. */
import type { LayerContext, LayerKind } from './layer-context.ts'

/** ncnn's "to the end" in crops. */
const toTheEnd = -233

/** Every output is the input itself. */
export const split: LayerKind = (layer) => {
  layer.requireInputs(1)
  return layer.input()
}

export const concat: LayerKind = (layer) => {
  layer.knows(0)
  if (layer.integer(0, 0, { min: -3, max: 2 }) !== 0) layer.fail('joins along another axis than the channels')
  if (layer.inputs.length === 0) layer.fail('joins nothing')
  const channels = layer.inputs.reduce((sum, { shape }) => sum + shape.channels, 0)
  const values = layer.inputs.map(({ value }) => value)
  return layer.blob(layer.graph.node('Concat', values, { axis: 1 }), { ...layer.input().shape, channels })
}

/** With two inputs the second one gives the size (0 = left offset, 1 = top offset), else lists give a box. */
export const crop: LayerKind = (layer) => {
  return layer.inputs.length === 2 ? cropLike(layer) : cropBox(layer)
}

function cropLike(layer: LayerContext) {
  layer.knows(0, 1)
  const { graph } = layer
  const left = layer.integer(0, 0, { min: 0, max: 4096 })
  const top = layer.integer(1, 0, { min: 0, max: 4096 })
  const offsets = graph.integers('offset', [top, left])
  const size = graph.node('Slice', [
    graph.node('Shape', [layer.input(1).value]),
    graph.integers('from', [2]),
    graph.integers('to', [4]),
  ])
  const ends = graph.node('Add', [offsets, size])
  const axes = graph.integers('axes', [2, 3])
  const { shape: wanted } = layer.input(1)
  return layer.blob(graph.node('Slice', [layer.input(0).value, offsets, ends, axes]), {
    ...wanted,
    channels: layer.input(0).shape.channels,
  })
}

function cropBox(layer: LayerContext) {
  layer.knows(9, 10, 11)
  layer.requireInputs(1)
  const { value, shape } = layer.input()
  const starts = layer.list(9)
  const ends = layer.list(10)
  const axes = layer.has(11) ? layer.list(11) : [0, 1, 2].slice(0, starts.length)
  if (starts.length === 0 || starts.length !== ends.length || starts.length !== axes.length) {
    layer.fail('does not say what it cuts out')
  }
  let { channels } = shape
  for (const [index, axis] of axes.entries()) {
    if (![0, 1, 2].includes(axis)) layer.fail(`cuts along the axis ${axis}`)
    if (axis !== 0) continue
    const start = starts[index]!
    const end = ends[index] === toTheEnd ? channels : ends[index]!
    if (!(start >= 0 && start < end && end <= channels)) {
      layer.fail(`cuts channels ${start} to ${end} out of ${channels}`)
    }
    channels = end - start
  }
  const result = layer.graph.node('Slice', [
    value,
    layer.graph.integers('from', starts),
    layer.graph.integers(
      'to',
      ends.map((end) => (end === toTheEnd ? 2 ** 31 - 1 : end)),
    ),
    layer.graph.integers(
      'axes',
      axes.map((axis) => axis + 1),
    ),
  ])
  return layer.blob(result, { ...shape, channels })
}

/** Channels become pixels; mode 0 numbers them as PyTorch does, mode 1 as TensorFlow. */
export const pixelShuffle: LayerKind = (layer) => {
  layer.knows(0, 1)
  layer.requireInputs(1)
  const { value, shape } = layer.input()
  const factor = layer.integer(0, 1, { min: 1, max: 16 })
  if (shape.channels % (factor * factor) !== 0) {
    layer.fail(`cannot make pixels of ${shape.channels} channels in blocks of ${factor} x ${factor}`)
  }
  const mode = layer.integer(1, 0, { min: 0, max: 1 }) === 1 ? 'DCR' : 'CRD'
  return layer.blob(layer.graph.node('DepthToSpace', [value], { blocksize: factor, mode }), {
    ...shape,
    channels: shape.channels / (factor * factor),
    scaleY: shape.scaleY * factor,
    scaleX: shape.scaleX * factor,
  })
}

/** Resizes by a factor: 1 nearest, 2 bilinear, 3 bicubic (a = -0.75); pixel centres at one half, except nearest. */
export const interp: LayerKind = (layer) => {
  layer.knows(0, 1, 2)
  layer.requireInputs(1)
  const { value, shape } = layer.input()
  const kind = layer.integer(0, 0, { min: 1, max: 3 })
  const factorY = layer.number(1, 1, { min: 1 / 64, max: 64 })
  const factorX = layer.number(2, 1, { min: 1 / 64, max: 64 })
  const result = layer.graph.node(
    'Resize',
    [value, '', layer.graph.floats('factors', [4], [1, 1, factorY, factorX])],
    kind === 1
      ? { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
      : {
          mode: kind === 2 ? 'linear' : 'cubic',
          coordinate_transformation_mode: 'half_pixel',
          cubic_coeff_a: { float: -0.75 },
        },
  )
  return layer.blob(result, { ...shape, scaleY: shape.scaleY * factorY, scaleX: shape.scaleX * factorX })
}

/** Maximum (0) or mean (1) of each channel. Pooling by a window is not known. */
export const pooling: LayerKind = (layer) => {
  layer.knows(0, 4)
  layer.requireInputs(1)
  const { value, shape } = layer.input()
  if (layer.integer(4, 0, { min: 0, max: 1 }) !== 1) layer.fail('pools by a window; this engine knows global pooling')
  const operator = layer.integer(0, 0, { min: 0, max: 1 }) === 1 ? 'GlobalAveragePool' : 'GlobalMaxPool'
  // The scale is that of a single value: next to nothing of the picture.
  return layer.blob(layer.graph.node(operator, [value]), { ...shape, isVector: true })
}
