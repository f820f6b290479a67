/** @file Euler's method, plain and with ancestral noise. */
import type { Sampler } from '../types.ts'
import { combine, mix } from '../vector.ts'
import { ancestralStep } from './ancestral-step.ts'
import { type ChurnOptions, churn } from './churn.ts'

export interface AncestralOptions {
  /** share of the forward process's noise to add, 1 when left out */
  eta?: number
  /** spread of the added noise, 1 when left out */
  s_noise?: number
}

/**
 * Follows dx/dsigma = (x - denoised) / sigma in straight lines. Without churn this is DDIM with eta 0.
 * @see Karras et al. 2022, arXiv 2206.00364, algorithm 2 without its correction
 */
export const euler: Sampler<ChurnOptions> = async (run, options = {}) => {
  let { x } = run
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const raised = await churn(run, x, index, options)
    const denoised = await run.denoise(raised.x, raised.sigma)
    await run.onStep({ index, sigma: run.sigmas[index]!, x: raised.x, denoised })
    x = lineTo(raised.x, denoised, raised.sigma, run.sigmas[index + 1]!)
  }
  return x
}

/** Euler steps below the next level, with noise back up to it. @see Song et al. 2021, arXiv 2010.02502, eq. 12 and 16 */
export const eulerAncestral: Sampler<AncestralOptions> = async (run, { eta = 1, s_noise = 1 } = {}) => {
  let { x } = run
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const [sigma, next] = [run.sigmas[index]!, run.sigmas[index + 1]!]
    const denoised = await run.denoise(x, sigma)
    await run.onStep({ index, sigma, x, denoised })
    const { down, up } = ancestralStep(sigma, next, eta)
    x = lineTo(x, denoised, sigma, down)
    if (up > 0) x = mix(1, x, s_noise * up, await run.noise(sigma, next))
  }
  return x
}

/**
 * Euler on the manifold: the step starts at the guided prediction and goes along the unconditional noise.
 * @see Chung et al. 2024, "CFG++", arXiv 2406.08070, algorithm 2
 */
export const eulerCfgPp: Sampler<AncestralOptions> = (run, { eta = 0, s_noise = 1 } = {}) =>
  eulerAncestralCfgPp(run, { eta, s_noise })

/** {@link eulerCfgPp} with ancestral noise. */
export const eulerAncestralCfgPp: Sampler<AncestralOptions> = async (run, { eta = 1, s_noise = 1 } = {}) => {
  let { x } = run
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const [sigma, next] = [run.sigmas[index]!, run.sigmas[index + 1]!]
    const denoised = await run.denoise(x, sigma)
    await run.onStep({ index, sigma, x, denoised })
    const { down, up } = ancestralStep(sigma, next, eta)
    const unconditional = run.unconditional?.() ?? denoised
    x = combine([1, denoised], [down / sigma, x], [-down / sigma, unconditional])
    if (up > 0) x = mix(1, x, s_noise * up, await run.noise(sigma, next))
  }
  return x
}

/** From level `from` along the line through `x` and `denoised` to level `to`. */
export function lineTo(x: Float32Array, denoised: Float32Array, from: number, to: number): Float32Array {
  return mix(to / from, x, 1 - to / from, denoised)
}
