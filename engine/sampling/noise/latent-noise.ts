/**
 * @file The noise an image starts from: one stream per seed for the whole batch, so that image 3 of a batch can be made
 * again alone by its batch index.
 */
import type { Seed } from './mt19937.ts'
import { TorchGenerator } from './torch-generator.ts'

/**
 * Unit normal noise for a latent batch.
 * @param shape - batch first
 * @param batchIndex - for each latent, which one of the seed's sequence it gets; without it the batch is drawn in one go.
 * Both are the same as long as a latent has a multiple of 16 values.
 * @throws RangeError when an index is negative or not whole, or their number is not the batch size
 */
export function latentNoise(seed: Seed, shape: readonly number[], batchIndex?: readonly number[]): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1)
  const generator = new TorchGenerator(seed)
  if (batchIndex === undefined) return generator.randn(count)

  const batch = shape[0]!
  if (batchIndex.length !== batch) throw new RangeError(`${batchIndex.length} batch indices for ${batch} latents`)
  if (!batchIndex.every((index) => Number.isInteger(index) && index >= 0)) {
    throw new RangeError('A batch index is a whole number from 0')
  }
  const each = count / batch
  const noise = new Float32Array(count)
  const last = Math.max(...batchIndex)
  for (let index = 0; index <= last; index++) {
    const drawn = generator.randn(each)
    batchIndex.forEach((wanted, at) => {
      if (wanted === index) noise.set(drawn, at * each)
    })
  }
  return noise
}
