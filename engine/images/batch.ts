/** @file Joining pictures that differ in number or channels, the way ComfyUI's nodes make them fit. */
import { NodeError } from '../nodes/define.ts'
import type { ImageTensor, MaskTensor } from '../tensor.ts'
import { allocateImage } from './allocate.ts'

/** Values of one picture of a batch. */
export function pictureLength(image: ImageTensor): number {
  return image.shape[1] * image.shape[2] * image.shape[3]
}

/** One picture of a batch, sharing memory. */
export function pictureAt(image: ImageTensor, index: number): Float32Array {
  const length = pictureLength(image)
  return image.data.subarray(index * length, (index + 1) * length)
}

/** One mask of a batch, sharing memory. */
export function maskAt(mask: MaskTensor, index: number): Float32Array {
  const length = mask.shape[1] * mask.shape[2]
  return mask.data.subarray(index * length, (index + 1) * length)
}

/**
 * The pictures at the given indices, in that order, as a new batch.
 * @param indices - each within the batch; may repeat
 */
export function selectPictures(image: ImageTensor, indices: readonly number[]): ImageTensor {
  const [, height, width, channels] = image.shape
  const selected = allocateImage(indices.length, height, width, channels)
  const length = pictureLength(image)
  indices.forEach((index, i) => {
    selected.data.set(pictureAt(image, index), i * length)
  })
  return selected
}

/** A batch repeated from its start, or cut, to exactly `count` pictures. */
export function repeatToBatch(image: ImageTensor, count: number): ImageTensor {
  const batch = image.shape[0]
  if (batch === count) return image
  return selectPictures(
    image,
    Array.from({ length: count }, (_, i) => i % batch),
  )
}

/** A batch filled up to `count` pictures with its last one. */
export function repeatLast(image: ImageTensor, count: number): ImageTensor {
  const last = image.shape[0] - 1
  if (last + 1 >= count) return image
  return selectPictures(
    image,
    Array.from({ length: count }, (_, i) => Math.min(i, last)),
  )
}

/** Batches one after the other; they must agree in size and channels. */
export function concatBatches(first: ImageTensor, second: ImageTensor): ImageTensor {
  const [count, height, width, channels] = first.shape
  const joined = allocateImage(count + second.shape[0], height, width, channels)
  joined.data.set(first.data)
  joined.data.set(second.data, first.data.length)
  return joined
}

/**
 * The image with that many channels: surplus ones are cut, missing ones are 1 (an opaque alpha).
 */
export function withChannels(image: ImageTensor, channels: number): ImageTensor {
  const [batch, height, width, had] = image.shape
  if (had === channels) return image
  const changed = allocateImage(batch, height, width, channels)
  if (channels > had) changed.data.fill(1)
  const kept = Math.min(had, channels)
  const pixels = batch * height * width
  for (let p = 0; p < pixels; p++) {
    for (let c = 0; c < kept; c++) changed.data[p * channels + c] = image.data[p * had + c]!
  }
  return changed
}

/** @throws NodeError when a batch can be matched neither one to one nor one to all */
export function requireBroadcast(count: number, other: number, what: string): void {
  if (other === count || other === 1) return
  throw new NodeError(`${what}: ${other} pictures do not fit ${count}; use one or as many`, 'RuntimeError')
}
