/**
 * @file Inpainting with any model: outside the mask the network always sees the original at the current noise level, and
 * whatever it answers there, the original is the prediction.
 */
import type { LatentShape } from '../latents/latent.ts'
import type { Denoise } from '../types.ts'

export interface InpaintOptions {
  /** the latent to keep outside the mask */
  latent: Float32Array
  /** 1 where the picture changes, 0 where it stays; batch · height · width of the latent, or one for all */
  mask: Float32Array
  /** the noise the run started from (fresh noise for `ddim`, see the samplers' table) */
  noise: Float32Array
  shape: LatentShape
  /** another mask for a noise level: differential diffusion */
  maskAt?: (sigma: number, mask: Float32Array) => Float32Array
}

/**
 * A denoiser that keeps the unmasked latent.
 * @throws RangeError when mask, latent and shape do not fit each other
 * @see Lugmayr et al. 2022, "RePaint", arXiv 2201.09865, eq. 8 (without resampling)
 */
export function keepUnmasked(denoise: Denoise, options: InpaintOptions): Denoise {
  const { latent, noise, shape, maskAt } = options
  const mask = maskForChannels(options.mask, shape)
  if (latent.length !== mask.length || noise.length !== mask.length) {
    throw new RangeError('Latent, noise and mask to inpaint with are of different sizes')
  }
  return async (x, sigma) => {
    const current = maskAt === undefined ? mask : maskAt(sigma, mask)
    const seen = new Float32Array(x.length)
    for (let i = 0; i < x.length; i++) {
      seen[i] = x[i]! * current[i]! + (latent[i]! + sigma * noise[i]!) * (1 - current[i]!)
    }
    const denoised = await denoise(seen, sigma)
    return denoised.map((value, i) => value * current[i]! + latent[i]! * (1 - current[i]!))
  }
}

/** A mask repeated for all channels, and for the batch when there is one for all. @throws RangeError when it cannot fit */
export function maskForChannels(mask: Float32Array, [batch, channels, height, width]: LatentShape): Float32Array {
  const size = height * width
  const planes = mask.length / size
  if (!Number.isInteger(planes) || planes < 1)
    throw new RangeError(`The mask does not fit a latent of ${height} × ${width}`)
  const repeated = new Float32Array(batch * channels * size)
  for (let plane = 0; plane < batch * channels; plane++) {
    const from = (Math.floor(plane / channels) % planes) * size
    repeated.set(mask.subarray(from, from + size), plane * size)
  }
  return repeated
}

/**
 * Differential diffusion: a grey mask says from when on a place may change. What is 1 changes from the first step, what is
 * 0.3 only in the last 30 percent of the timesteps.
 * @param timestep - of a noise level; @param from - of the first level; @param to - of the level the run comes down to
 * @param strength - 1 changes a place wholly or not at all; less mixes the grey mask itself in
 * @see Levin and Fried 2023, "Differential Diffusion", arXiv 2306.00950, algorithm 1
 */
export function differentialMask(
  timestep: (sigma: number) => number,
  from: number,
  to: number,
  strength = 1,
): (sigma: number, mask: Float32Array) => Float32Array {
  return (sigma, mask) => {
    const threshold = from === to ? 0 : (timestep(sigma) - to) / (from - to)
    return mask.map((value) => strength * (value >= threshold ? 1 : 0) + (1 - strength) * value)
  }
}
