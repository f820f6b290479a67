/** @file A network that takes as much memory as one likes: it makes so many zeros and sums them up. */
import { OnnxGraph } from '../onnx/graph-builder.ts'
import { createIntegerTensor } from '../runtime/tensor.ts'
import type { NetworkSource } from '../store.ts'

/** @param part - tells it from others, and is what the log calls it */
export function zerosNetwork(part: string): NetworkSource {
  return {
    ...{ key: part, label: 'sd.safetensors', part, bytes: 1 },
    build() {
      const graph = new OnnxGraph()
      graph.input('count', [1], 'int64')
      graph.node('ReduceSum', [graph.node('ConstantOfShape', ['count'])], { keepdims: 0 }, 'out')
      graph.output('out', [])
      return graph.finish()
    },
  }
}

/** @param values - of four bytes each */
export const zerosFeeds = (values: number) => ({ count: createIntegerTensor([values], [1]) })
