/** @file An upscaler, onefold, that asks for more memory than any machine has once a picture is larger than it likes. */
import { OnnxGraph } from '../onnx/graph-builder.ts'

/** Bytes of an `.onnx` file. @param modestHeight - pixels up to which it takes nothing */
export function greedyUpscaler(modestHeight: number): Uint8Array {
  const graph = new OnnxGraph()
  const beyondAll = 2 ** 40
  graph.input('picture', [1, 3, 'height', 'width'])
  const height = graph.node('Gather', [graph.node('Shape', ['picture']), graph.integers('rows', [2])])
  const excess = graph.node('Max', [
    graph.node('Sub', [height, graph.integers('modest', [modestHeight])]),
    graph.integers('none', [0]),
  ])
  const zeros = graph.node('ConstantOfShape', [graph.node('Mul', [excess, graph.integers('each', [beyondAll])])])
  graph.node('Add', ['picture', graph.node('ReduceSum', [zeros], { keepdims: 0 })], {}, 'out')
  graph.output('out', [1, 3, 'height', 'width'])
  return graph.finish()
}
