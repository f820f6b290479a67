/** @file Reading a picture beyond its borders, and cutting windows out of it for networks. */
import type { ImageTensor } from '../tensor.ts'

/**
 * The index inside `0..length-1` that stands for `index` when the line is mirrored at its ends without repeating the
 * end itself: `... 2 1 | 0 1 2 ... n-1 | n-2 ...`. Goes on for any distance.
 */
export function mirroredIndex(index: number, length: number): number {
  if (length === 1) return 0
  const period = 2 * (length - 1)
  const phase = ((index % period) + period) % period
  return phase < length ? phase : period - phase
}

export interface Window {
  /** May lie outside of the picture, on any side. */
  left: number
  top: number
  width: number
  height: number
}

/**
 * Copies a window of one picture of a batch, mirrored beyond the borders, into planes: channel, height, width, as
 * networks take it. Only the first three channels are read.
 * @param planes - 3 * height * width values, overwritten
 */
export function readWindow(image: ImageTensor, batchIndex: number, window: Window, planes: Float32Array): void {
  const [, height, width, channels] = image.shape
  const size = window.width * window.height
  const base = batchIndex * height * width * channels
  const columns = Array.from({ length: window.width }, (_, x) => mirroredIndex(window.left + x, width) * channels)
  for (let y = 0; y < window.height; y += 1) {
    const row = base + mirroredIndex(window.top + y, height) * width * channels
    const target = y * window.width
    for (let x = 0; x < window.width; x += 1) {
      const source = row + columns[x]!
      planes[target + x] = image.data[source]!
      planes[size + target + x] = image.data[source + 1]!
      planes[2 * size + target + x] = image.data[source + 2]!
    }
  }
}
