/** @file Values on a grid, as networks hand them to each other: latents, pictures, features. */
import type { Tensor } from 'onnxruntime-common'
import { NodeError } from '../../nodes/define.ts'
import { createFloatTensor } from '../runtime/tensor.ts'

export interface FeatureMap {
  /** Batch, channels, rows, columns. */
  data: Float32Array
  shape: readonly [batch: number, channels: number, height: number, width: number]
}

export function toTensor({ data, shape }: FeatureMap): Tensor {
  return createFloatTensor(data, shape)
}

/** @throws NodeError when a network answers with something else */
export function fromTensor(tensor: Tensor | undefined): FeatureMap {
  if (!(tensor?.data instanceof Float32Array) || tensor.dims.length !== 4) {
    throw new NodeError('a network answered with something that is no feature map', 'RuntimeError')
  }
  return { data: tensor.data, shape: tensor.dims as unknown as FeatureMap['shape'] }
}

/** `target += factor * source`; a source with a batch of one counts for every picture. @returns target, or a copy of source */
export function addScaled(target: FeatureMap | undefined, source: FeatureMap, factor: number): FeatureMap {
  if (!target) return { data: source.data.map((value) => value * factor), shape: source.shape }
  const [small, large] = target.data.length < source.data.length ? [target, source] : [source, target]
  if (large.data.length % small.data.length !== 0 || String(small.shape.slice(1)) !== String(large.shape.slice(1))) {
    throw new NodeError(`features of [${source.shape.join(', ')}] do not fit those of [${target.shape.join(', ')}]`)
  }
  const ownFactor = large === source ? factor : 1
  const otherFactor = large === source ? 1 : factor
  const data = large.data.map((value, at) => value * ownFactor + small.data[at % small.data.length]! * otherFactor)
  return { data, shape: large.shape }
}
