/** @file Tensors for a session's inputs. Loads no runtime: a tensor is a typed array with a shape. */
import { Tensor } from 'onnxruntime-common'

/** A tensor for a session's input. `data` is not copied: leave it alone until the run is over. */
export function createFloatTensor(data: Float32Array, dimensions: readonly number[]): Tensor {
  return new Tensor('float32', data, dimensions)
}

/** Whole numbers, as token ids are. */
export function createIntegerTensor(values: readonly number[], dimensions: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), dimensions)
}
