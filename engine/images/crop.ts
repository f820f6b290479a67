/** @file Moving pixels without changing them: crops, pasting, flips and turns. */
import type { ImageTensor } from '../tensor.ts'
import { allocateImage } from './allocate.ts'
import type { Steps } from './steps.ts'

export interface Rectangle {
  x: number
  y: number
  width: number
  height: number
}

/** The rectangle of every picture; it must lie inside. */
export function cropPictures(image: ImageTensor, { x, y, width, height }: Rectangle): ImageTensor {
  const [batch, imageHeight, imageWidth, channels] = image.shape
  const cropped = allocateImage(batch, height, width, channels)
  for (let b = 0; b < batch; b++) {
    for (let row = 0; row < height; row++) {
      const from = ((b * imageHeight + y + row) * imageWidth + x) * channels
      cropped.data.set(image.data.subarray(from, from + width * channels), (b * height + row) * width * channels)
    }
  }
  return cropped
}

/** Writes every picture of `source` into the same one of `target`, its corner at (x, y); it must fit, channels too. */
export function pastePictures(target: ImageTensor, source: ImageTensor, x: number, y: number): void {
  const [batch, height, width, channels] = source.shape
  const [, targetHeight, targetWidth] = target.shape
  for (let b = 0; b < batch; b++) {
    for (let row = 0; row < height; row++) {
      const from = (b * height + row) * width * channels
      const to = ((b * targetHeight + y + row) * targetWidth + x) * channels
      target.data.set(source.data.subarray(from, from + width * channels), to)
    }
  }
}

/** Fills `target` pixel by pixel from where `sourceOf(x, y)` says. */
export function* remapPixels(
  source: ImageTensor,
  target: ImageTensor,
  sourceOf: (x: number, y: number) => readonly [number, number],
): Steps<void> {
  const [batch, height, width, channels] = target.shape
  const [, sourceHeight, sourceWidth] = source.shape
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = sourceOf(x, y)
      for (let b = 0; b < batch; b++) {
        const from = ((b * sourceHeight + fromY) * sourceWidth + fromX) * channels
        const to = ((b * height + y) * width + x) * channels
        for (let c = 0; c < channels; c++) target.data[to + c] = source.data[from + c]!
      }
    }
    yield
  }
}
