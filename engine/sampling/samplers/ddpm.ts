/** @file The samplers that draw fresh noise at every level: DDPM's own, and that of consistency models. */
import type { Sampler } from '../types.ts'
import { combine, mix } from '../vector.ts'
import type { AncestralOptions } from './euler.ts'

/**
 * The reverse process DDPM was defined by. The latent is scaled by sqrt(alphaBar) for the step and back.
 * @see Ho et al. 2020, arXiv 2006.11239, eq. 11 with beta-tilde of eq. 7 as the variance
 */
export const ddpm: Sampler<Pick<AncestralOptions, 's_noise'>> = async (run, { s_noise = 1 } = {}) => {
  let { x } = run
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const [sigma, next] = [run.sigmas[index]!, run.sigmas[index + 1]!]
    const denoised = await run.denoise(x, sigma)
    await run.onStep({ index, sigma, x, denoised })
    const [bar, barNext] = [1 / (sigma * sigma + 1), 1 / (next * next + 1)]
    const alpha = bar / barNext
    // Both as weights on the unscaled latent: sqrt(bar) goes in, and 1 / sqrt(barNext) comes out.
    const noiseWeight = (1 - alpha) / Math.sqrt(1 - bar) / sigma
    const out = 1 / Math.sqrt(alpha * barNext)
    const terms: [number, Float32Array][] = [
      [out * (Math.sqrt(bar) - noiseWeight), x],
      [out * noiseWeight, denoised],
    ]
    if (next > 0) {
      const spread = Math.sqrt(((1 - alpha) * (1 - barNext)) / (1 - bar) / barNext)
      terms.push([spread * s_noise, await run.noise(sigma, next)])
    }
    x = combine(...terms)
  }
  return x
}

/**
 * The prediction, with noise of the next level put on it again.
 * @see Luo et al. 2023, "Latent Consistency Models", arXiv 2310.04378, algorithm 3
 */
export const lcm: Sampler = async (run) => {
  let { x } = run
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const [sigma, next] = [run.sigmas[index]!, run.sigmas[index + 1]!]
    const denoised = await run.denoise(x, sigma)
    await run.onStep({ index, sigma, x, denoised })
    x = next > 0 ? mix(1, denoised, next, await run.noise(sigma, next)) : denoised
  }
  return x
}
