/**
 * @file Makes tensors, and refuses sizes that would take the whole machine before any memory is asked for. Sizes come
 * from people (a width field, a batch size), so the refusal is in words.
 */
import { NodeError } from '../nodes/define.ts'
import { createImage, createMask, type ImageTensor, type MaskTensor } from '../tensor.ts'

/** Largest single tensor in bytes: 6 GiB, about 500 megapixels of RGB. */
export const maxTensorBytes = 6 * 1024 ** 3

/** A zeroed image. @throws NodeError (`RuntimeError`) when it is larger than {@link maxTensorBytes} or memory is short */
export function allocateImage(batch: number, height: number, width: number, channels: number): ImageTensor {
  requireRoom(batch * height * width * channels, `${batch} × ${width} × ${height} pixels, ${channels} channels`)
  return translateRangeError(() => createImage(batch, height, width, channels))
}

/** A zeroed mask. @throws NodeError (`RuntimeError`) as {@link allocateImage} */
export function allocateMask(batch: number, height: number, width: number): MaskTensor {
  requireRoom(batch * height * width, `${batch} × ${width} × ${height} pixels`)
  return translateRangeError(() => createMask(batch, height, width))
}

/** @throws NodeError when that many float values would not be allowed */
export function requireRoom(values: number, description: string): void {
  const bytes = values * 4
  if (bytes <= maxTensorBytes) return
  throw new NodeError(
    `Too large: ${description} would take ${gibibytes(bytes)} GiB of memory, the limit is ${gibibytes(maxTensorBytes)} GiB`,
    'RuntimeError',
  )
}

function gibibytes(bytes: number): string {
  return (bytes / 1024 ** 3).toFixed(1)
}

function translateRangeError<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (error instanceof RangeError) throw new NodeError('Out of memory while making an image', 'RuntimeError')
    throw error
  }
}
