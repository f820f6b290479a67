/** @file Sums of latents, and the way between two that keeps their contrast. */
import { mix } from '../vector.ts'
import { requireSameChannels } from './compose.ts'
import { type Latent, repeatLatents } from './latent.ts'
import { resizeLatent } from './resize.ts'

/**
 * weightFirst · first + weightSecond · second, the second brought to the size (bilinear, centre kept) and batch of the first.
 * @throws RangeError when the two have different channels
 */
export function addLatents(first: Latent, second: Latent, weightFirst: number, weightSecond: number): Latent {
  return { data: mix(weightFirst, first.data, weightSecond, alike(first, second).data), shape: first.shape }
}

/**
 * Between two latents: at each position the channels are a vector, of which direction and length are mixed apart. Plain
 * mixing shortens vectors that point apart, which looks grey.
 * @param share - of the first
 * @throws RangeError when the two have different channels
 */
export function interpolateLatents(first: Latent, second: Latent, share: number): Latent {
  const { shape } = first
  const [batch, channels, height, width] = shape
  const plane = height * width
  const other = alike(first, second).data
  const data = new Float32Array(first.data.length)
  const vector = new Float64Array(channels)
  for (let index = 0; index < batch; index++) {
    for (let at = index * channels * plane; at < (index * channels + 1) * plane; at++) {
      const [lengthA, lengthB] = [lengthAt(first.data, at, channels, plane), lengthAt(other, at, channels, plane)]
      for (let c = 0; c < channels; c++) {
        const place = at + c * plane
        vector[c] = share * unit(first.data[place]!, lengthA) + (1 - share) * unit(other[place]!, lengthB)
      }
      const direction = Math.hypot(...vector)
      const length = share * lengthA + (1 - share) * lengthB
      for (let c = 0; c < channels; c++) data[at + c * plane] = unit(vector[c]!, direction) * length
    }
  }
  return { data, shape }
}

function alike(first: Latent, second: Latent): Latent {
  requireSameChannels(first, second)
  const [batch, , height, width] = first.shape
  const isSame = second.shape[2] === height && second.shape[3] === width
  return repeatLatents(isSame ? second : resizeLatent(second, height, width, 'bilinear', 'center'), batch)
}

function lengthAt(data: Float32Array, at: number, channels: number, plane: number): number {
  let square = 0
  for (let c = 0; c < channels; c++) square += data[at + c * plane]! ** 2
  return Math.sqrt(square)
}

/** A vector of no length has no direction. */
function unit(value: number, length: number): number {
  return length === 0 ? 0 : value / length
}
