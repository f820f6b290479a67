/** @file Masks made from pictures and margins. */
import type { ImageTensor, MaskTensor } from '../tensor.ts'
import { allocateMask } from './allocate.ts'

/** One channel of every picture; all 0 when the pictures have no such channel. */
export function channelMask(image: ImageTensor, channel: number): MaskTensor {
  const [batch, height, width, channels] = image.shape
  const mask = allocateMask(batch, height, width)
  if (channel >= channels) return mask
  for (let p = 0; p < mask.data.length; p++) mask.data[p] = image.data[p * channels + channel]!
  return mask
}

export interface Margins {
  left: number
  top: number
  right: number
  bottom: number
}

/**
 * The mask of a border around a picture of `height` × `width`: 1 in the border, 0 in the picture, and near a side that has
 * a border ((feathering − d) / feathering)² at a distance of d pixels. No fade when it would meet itself.
 */
export function outpaintMask(height: number, width: number, margins: Margins, feathering: number): MaskTensor {
  const { left, top, right, bottom } = margins
  const mask = allocateMask(1, height + top + bottom, width + left + right)
  mask.data.fill(1)
  const fades = feathering > 0 && feathering * 2 < height && feathering * 2 < width
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const distance = Math.min(
        top ? y : height,
        bottom ? height - y : height,
        left ? x : width,
        right ? width - x : width,
      )
      const at = (top + y) * mask.shape[2] + left + x
      mask.data[at] = fades && distance < feathering ? ((feathering - distance) / feathering) ** 2 : 0
    }
  }
  return mask
}
