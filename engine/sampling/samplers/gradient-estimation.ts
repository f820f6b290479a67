/** @file Euler steps along a slope pushed beyond the one before it. */
import type { Sampler } from '../types.ts'
import { mix } from '../vector.ts'
import { lineTo } from './euler.ts'
import { slope } from './heun.ts'

export interface GradientEstimationOptions {
  /** how far beyond, 2 when left out; 1 is Euler */
  ge_gamma?: number
}

/**
 * @see Permenter and Yuan 2023, "Interpreting and Improving Diffusion Models from an Optimization Perspective",
 * arXiv 2306.04848, algorithm 2
 */
export const gradientEstimation: Sampler<GradientEstimationOptions> = async (run, { ge_gamma = 2 } = {}) => {
  let { x } = run
  let previous: Float32Array | undefined
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const [sigma, next] = [run.sigmas[index]!, run.sigmas[index + 1]!]
    const denoised = await run.denoise(x, sigma)
    await run.onStep({ index, sigma, x, denoised })
    if (next === 0) {
      x = denoised
      continue
    }
    const current = slope(x, denoised, sigma)
    x =
      previous === undefined
        ? lineTo(x, denoised, sigma, next)
        : mix(1, x, next - sigma, mix(ge_gamma, current, 1 - ge_gamma, previous))
    previous = current
  }
  return x
}
