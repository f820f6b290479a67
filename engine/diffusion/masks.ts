/** @file Masks brought to the size of latents. */
import { resample } from '../images/resample.ts'
import type { Area } from '../sampling/guidance/areas.ts'
import type { LatentShape } from '../sampling/latents/latent.ts'
import type { MaskTensor } from '../tensor.ts'

/** A mask at the latents' size, one for each latent of the batch: a shorter batch of masks starts again. */
export function maskForLatents({ data, shape }: MaskTensor, [batch, , height, width]: LatentShape): Float32Array {
  const [count, maskHeight, maskWidth] = shape
  const size = maskHeight * maskWidth
  const same = maskHeight === height && maskWidth === width
  const out = new Float32Array(batch * height * width)
  for (let index = 0; index < batch; index += 1) {
    const from = (index % count) * size
    const picture = data.subarray(from, from + size)
    const fitted = same ? picture : resample(picture, [maskHeight, maskWidth, 1], height, width, 'bilinear')
    out.set(fitted, index * height * width)
  }
  return out
}

/** What networks can still make sense of. */
const smallestSide = 8

/**
 * The smallest rectangle around what is not 0 in any mask of the batch, at least eight positions wide and high (the part
 * beyond the picture is cut off later).
 */
export function boundsOf(mask: Float32Array, [, , height, width]: LatentShape): Area {
  let [top, left, bottom, right] = [height, width, -1, -1]
  for (let at = 0; at < mask.length; at += 1) {
    if (mask[at] === 0) continue
    const y = Math.floor(at / width) % height
    const x = at % width
    top = Math.min(top, y)
    bottom = Math.max(bottom, y)
    left = Math.min(left, x)
    right = Math.max(right, x)
  }
  if (bottom < 0) return { y: 0, x: 0, height: smallestSide, width: smallestSide }
  return {
    y: top,
    x: left,
    height: Math.max(bottom - top + 1, smallestSide),
    width: Math.max(right - left + 1, smallestSide),
  }
}
