/** @file Laying pictures on pictures: source · mask + destination · (1 − mask), where they overlap. */
import type { ImageTensor, MaskTensor } from '../tensor.ts'
import { allocateImage } from './allocate.ts'
import type { Steps } from './steps.ts'

/**
 * @param source - as many pictures and channels as the destination; may reach over its edges
 * @param mask - of the source's size, its pictures repeated as needed; absent: all of the source shows
 * @returns a new batch of the destination's size
 */
export function* compositeMasked(
  destination: ImageTensor,
  source: ImageTensor,
  x: number,
  y: number,
  mask?: MaskTensor,
): Steps<ImageTensor> {
  const [batch, height, width, channels] = destination.shape
  const [, sourceHeight, sourceWidth] = source.shape
  const result = allocateImage(batch, height, width, channels)
  result.data.set(destination.data)
  const endY = Math.min(height, y + sourceHeight)
  const endX = Math.min(width, x + sourceWidth)
  for (let b = 0; b < batch; b++) {
    for (let row = y; row < endY; row++) {
      for (let column = x; column < endX; column++) {
        const at = ((b * height + row) * width + column) * channels
        const pixel = (row - y) * sourceWidth + column - x
        const from = (b * sourceHeight * sourceWidth + pixel) * channels
        const share = mask ? mask.data[(b % mask.shape[0]) * sourceHeight * sourceWidth + pixel]! : 1
        for (let c = 0; c < channels; c++) {
          result.data[at + c] = source.data[from + c]! * share + destination.data[at + c]! * (1 - share)
        }
      }
      yield
    }
  }
  return result
}
