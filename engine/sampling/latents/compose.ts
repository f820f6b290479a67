/** @file Laying one latent over another, and mixing two. */
import { mix } from '../vector.ts'
import { featherWeight } from './feather.ts'
import { type Latent, latentLength, repeatLatents } from './latent.ts'
import { resizeLatent } from './resize.ts'

/**
 * `source` laid over `target` at a place, its weight fading in over `feather` positions from each edge that lies inside.
 * What sticks out is cut.
 * @param place - in latent units, not negative
 * @throws RangeError when the two have different channels
 */
export function compositeLatents(
  target: Latent,
  source: Latent,
  place: { x: number; y: number; feather?: number },
): Latent {
  const [batch, channels, height, width] = target.shape
  requireSameChannels(target, source)
  const { x: left, y: top, feather = 0 } = place
  const over = repeatLatents(source, batch)
  const [, , sourceHeight, sourceWidth] = source.shape
  const rows = Math.min(sourceHeight, height - top)
  const columns = Math.min(sourceWidth, width - left)
  const data = target.data.slice()
  for (let plane = 0; plane < batch * channels; plane++) {
    for (let y = 0; y < rows; y++) {
      const down = featherWeight(y, sourceHeight, feather, [top > 0, top + sourceHeight < height])
      for (let x = 0; x < columns; x++) {
        const weight = down * featherWeight(x, sourceWidth, feather, [left > 0, left + sourceWidth < width])
        const to = (plane * height + top + y) * width + left + x
        data[to] = over.data[(plane * sourceHeight + y) * sourceWidth + x]! * weight + data[to]! * (1 - weight)
      }
    }
  }
  return { data, shape: target.shape }
}

/**
 * `source` laid over `target` at a place, as far as a mask says; what sticks out is cut.
 * @param place - in latent units, not negative
 * @param mask - 1 where the source counts: batch of the target · height · width of the source
 * @throws RangeError when the two have different channels
 */
export function compositeMaskedLatents(
  target: Latent,
  source: Latent,
  place: { x: number; y: number },
  mask?: Float32Array,
): Latent {
  requireSameChannels(target, source)
  const [batch, channels, height, width] = target.shape
  const [, , sourceHeight, sourceWidth] = source.shape
  const over = repeatLatents(source, batch)
  const data = target.data.slice()
  for (let plane = 0; plane < batch * channels; plane++) {
    const index = Math.floor(plane / channels)
    for (let y = 0; y < Math.min(sourceHeight, height - place.y); y++) {
      for (let x = 0; x < Math.min(sourceWidth, width - place.x); x++) {
        const weight = mask ? mask[(index * sourceHeight + y) * sourceWidth + x]! : 1
        const to = (plane * height + place.y + y) * width + place.x + x
        data[to] = over.data[(plane * sourceHeight + y) * sourceWidth + x]! * weight + data[to]! * (1 - weight)
      }
    }
  }
  return { data, shape: target.shape }
}

/**
 * share · first + (1 - share) · second; the second is brought to the first one's size (bicubic, centre kept) and batch.
 * @throws RangeError when the two have different channels
 */
export function blendLatents(first: Latent, second: Latent, share: number): Latent {
  requireSameChannels(first, second)
  const [batch, , height, width] = first.shape
  const sameSize = second.shape[2] === height && second.shape[3] === width
  const fitted = repeatLatents(sameSize ? second : resizeLatent(second, height, width, 'bicubic', 'center'), batch)
  return {
    data: mix(share, first.data, 1 - share, fitted.data.subarray(0, batch * latentLength(first))),
    shape: first.shape,
  }
}

export function requireSameChannels(first: Latent, second: Latent): void {
  if (first.shape[1] === second.shape[1]) return
  throw new RangeError(`Latents of ${first.shape[1]} and ${second.shape[1]} channels cannot be combined`)
}
