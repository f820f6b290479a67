/** @file Pictures between the layouts of nodes (channels last) and of networks (a plane for each channel). */
import type { FeatureMap } from '../models/diffusion/feature-map.ts'
import { createImage, type ImageTensor } from '../tensor.ts'

/**
 * @param channels - of the result: an alpha channel beyond them is left out, a single channel is repeated
 * @param scale - value · scale + shift; @param shift - as above
 */
export function toPlanes({ data, shape }: ImageTensor, channels: number, scale = 1, shift = 0): FeatureMap {
  const [batch, height, width, stored] = shape
  const size = height * width
  const planes = new Float32Array(batch * channels * size)
  for (let index = 0; index < batch; index += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      const from = Math.min(channel, stored - 1)
      const to = (index * channels + channel) * size
      for (let at = 0; at < size; at += 1) planes[to + at] = data[(index * size + at) * stored + from]! * scale + shift
    }
  }
  return { data: planes, shape: [batch, channels, height, width] }
}

/** Three planes from -1 to 1 as pictures from 0 to 1; what lies beyond is cut. */
export function toPictures({ data, shape }: FeatureMap): ImageTensor {
  const [batch, channels, height, width] = shape
  const size = height * width
  const image = createImage(batch, height, width, channels)
  for (let index = 0; index < batch; index += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      const from = (index * channels + channel) * size
      for (let at = 0; at < size; at += 1) {
        const value = (data[from + at]! + 1) / 2
        image.data[(index * size + at) * channels + channel] = Math.min(Math.max(value, 0), 1)
      }
    }
  }
  return image
}
