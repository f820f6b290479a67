/**
 * @file `rife.Warp`: moves every pixel of a picture by a flow of pixels (x, then y), bilinear, edges repeated.
 * ONNX's GridSample does that on coordinates from -1 to 1; the grid is made inside the graph, so sizes stay free.
 */
import type { LayerContext, LayerKind } from './layer-context.ts'

export const warp: LayerKind = (layer) => {
  layer.knows()
  layer.requireInputs(2)
  const [picture, flow] = [layer.input(0), layer.input(1)]
  if (flow.shape.channels !== 2) layer.fail(`moves pixels by ${flow.shape.channels} channels, not 2`)
  const { graph } = layer
  const coordinates = (['x', 'y'] as const).map((axis, channel) => {
    const shift = graph.node('Slice', [
      flow.value,
      graph.integers('from', [channel]),
      graph.integers('to', [channel + 1]),
      graph.integers('axes', [1]),
    ])
    const position = graph.node('Add', [pixelIndex(layer, axis), shift])
    // 2 p / (size - 1) - 1: the centres of the first and last pixel are -1 and 1 (align_corners).
    const doubled = graph.node('Mul', [position, constant(layer, 2)])
    const relative = graph.node('Div', [doubled, lastIndex(layer, axis)])
    return graph.node('Sub', [relative, constant(layer, 1)])
  })
  const grid = graph.node('Transpose', [graph.node('Concat', coordinates, { axis: 1 })], { perm: [0, 2, 3, 1] })
  const moved = graph.node('GridSample', [picture.value, grid], {
    mode: 'bilinear',
    padding_mode: 'border',
    align_corners: 1,
  })
  return layer.blob(moved, picture.shape)
}

/** The plane 0, 1, 2, ... along an axis, of the flow's size. Flows of one scale have one size and share it. */
function pixelIndex(layer: LayerContext, axis: 'x' | 'y'): string {
  const { graph } = layer
  const flow = layer.input(1)
  const key = `${flow.shape.scaleX}x${flow.shape.scaleY}`
  return layer.shared(`index ${axis} ${key}`, () => {
    const ones = layer.shared(`ones ${key}`, () => {
      const plane = graph.node('Slice', [
        flow.value,
        graph.integers('from', [0]),
        graph.integers('to', [1]),
        graph.integers('axes', [1]),
      ])
      return graph.node('Add', [graph.node('ConstantOfShape', [graph.node('Shape', [plane])]), constant(layer, 1)])
    })
    const counted = graph.node('CumSum', [ones, graph.integers('axis', [axis === 'x' ? 3 : 2], [])])
    return graph.node('Sub', [counted, constant(layer, 1)])
  })
}

function lastIndex(layer: LayerContext, axis: 'x' | 'y'): string {
  const { scaleX, scaleY } = layer.input(1).shape
  return layer.shared(`last ${axis} ${scaleX}x${scaleY}`, () =>
    layer.graph.node('ReduceMax', [pixelIndex(layer, axis)], { keepdims: 1 }),
  )
}

function constant(layer: LayerContext, value: number): string {
  return layer.shared(`constant ${value}`, () => layer.graph.floats('constant', [1], [value]))
}
