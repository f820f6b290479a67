/** @file A latent batch with its shape, and the moves that need nothing but its layout. */

import { roundHalfEven } from '../../images/round-half-even.ts'

/** batch, channels, height, width */
export type LatentShape = readonly [number, number, number, number]

export interface Latent {
  data: Float32Array
  shape: LatentShape
}

/** Values of one latent of a batch. */
export function latentLength({ shape }: Latent): number {
  return shape[1] * shape[2] * shape[3]
}

/** The latents at the given indices, in that order; indices must lie within the batch and may repeat. */
export function selectLatents(latent: Latent, indices: readonly number[]): Latent {
  const length = latentLength(latent)
  const data = new Float32Array(indices.length * length)
  indices.forEach((index, at) => {
    data.set(latent.data.subarray(index * length, (index + 1) * length), at * length)
  })
  return { data, shape: [indices.length, latent.shape[1], latent.shape[2], latent.shape[3]] }
}

/** A batch repeated from its start, or cut, to `count` latents. */
export function repeatLatents(latent: Latent, count: number): Latent {
  if (latent.shape[0] === count) return latent
  return selectLatents(
    latent,
    Array.from({ length: count }, (_, i) => i % latent.shape[0]),
  )
}

/** A batch of `count` latents: of more the evenly spaced ones stay, of fewer each is repeated in its place. */
export function fitBatch(latent: Latent, count: number): Latent {
  const have = latent.shape[0]
  if (have === count) return latent
  const stride = count > 1 ? (have - 1) / (count - 1) : 0
  const chosen = Array.from({ length: count }, (_, at) =>
    count < have ? roundHalfEven(at * stride) : Math.floor(((at + 0.5) * have) / count),
  )
  return selectLatents(latent, chosen)
}

/** Two batches one after the other. @throws RangeError when their latents differ in size */
export function concatLatents(first: Latent, second: Latent): Latent {
  if (first.shape.slice(1).join() !== second.shape.slice(1).join()) {
    throw new RangeError(`Latents of ${first.shape.slice(1)} and ${second.shape.slice(1)} cannot be one batch`)
  }
  const data = new Float32Array(first.data.length + second.data.length)
  data.set(first.data)
  data.set(second.data, first.data.length)
  return { data, shape: [first.shape[0] + second.shape[0], first.shape[1], first.shape[2], first.shape[3]] }
}

/** A rectangle of every latent of a batch; it must lie inside. */
export function cropLatent(latent: Latent, window: { y: number; x: number; height: number; width: number }): Latent {
  const [batch, channels, height, width] = latent.shape
  const data = new Float32Array(batch * channels * window.height * window.width)
  for (let plane = 0; plane < batch * channels; plane++) {
    for (let row = 0; row < window.height; row++) {
      const from = (plane * height + window.y + row) * width + window.x
      data.set(latent.data.subarray(from, from + window.width), (plane * window.height + row) * window.width)
    }
  }
  return { data, shape: [batch, channels, window.height, window.width] }
}
