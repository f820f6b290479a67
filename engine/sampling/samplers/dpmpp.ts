/**
 * @file DPM-Solver++ without a stochastic differential equation: exponential integration of the predicted x0 in
 * t = -log(sigma). sigma(t + h) / sigma(t) = exp(-h) is written as a ratio of levels, which also holds for level 0.
 */
import type { Sampler } from '../types.ts'
import { combine, mix } from '../vector.ts'
import { ancestralStep } from './ancestral-step.ts'
import { type AncestralOptions, lineTo } from './euler.ts'

/**
 * Two steps' predictions extrapolated, one network call a step.
 * @see Lu et al. 2022, "DPM-Solver++", arXiv 2211.01095, algorithm 2
 */
export const dpmpp2m: Sampler = async (run) => {
  let { x } = run
  let previous: { denoised: Float32Array; sigma: number } | undefined
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const [sigma, next] = [run.sigmas[index]!, run.sigmas[index + 1]!]
    const denoised = await run.denoise(x, sigma)
    await run.onStep({ index, sigma, x, denoised })
    if (previous === undefined || next === 0) {
      x = lineTo(x, denoised, sigma, next)
    } else {
      const ratio = Math.log(previous.sigma / sigma) / Math.log(sigma / next)
      const target = mix(1 + 1 / (2 * ratio), denoised, -1 / (2 * ratio), previous.denoised)
      x = lineTo(x, target, sigma, next)
    }
    previous = { denoised, sigma }
  }
  return x
}

/**
 * {@link dpmpp2m} along the unconditional prediction, starting at the guided one.
 * @see Chung et al. 2024, "CFG++", arXiv 2406.08070, appendix B
 */
export const dpmpp2mCfgPp: Sampler = async (run) => {
  let { x } = run
  let previous: { unconditional: Float32Array; sigma: number } | undefined
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const [sigma, next] = [run.sigmas[index]!, run.sigmas[index + 1]!]
    const denoised = await run.denoise(x, sigma)
    await run.onStep({ index, sigma, x, denoised })
    const unconditional = (run.unconditional?.() ?? denoised).slice()
    const ratio = next / sigma
    if (previous === undefined || next === 0) {
      x = combine([1, denoised], [ratio, x], [-ratio, unconditional])
    } else {
      const r = Math.log(previous.sigma / sigma) / Math.log(sigma / next)
      const bend = (1 - ratio) / (2 * r)
      x = combine([1 + bend, denoised], [ratio, x], [-ratio, unconditional], [-bend, previous.unconditional])
    }
    previous = { unconditional, sigma }
  }
  return x
}

/**
 * A second prediction in the middle of each step, with ancestral noise: two network calls a step.
 * @see Lu et al. 2022, arXiv 2211.01095, algorithm 1; Crowson, k-diffusion (MIT)
 */
export const dpmpp2sAncestral: Sampler<AncestralOptions> = async (run, { eta = 1, s_noise = 1 } = {}) => {
  let { x } = run
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const [sigma, next] = [run.sigmas[index]!, run.sigmas[index + 1]!]
    const denoised = await run.denoise(x, sigma)
    await run.onStep({ index, sigma, x, denoised })
    const { down, up } = ancestralStep(sigma, next, eta)
    if (down === 0) {
      x = lineTo(x, denoised, sigma, down)
    } else {
      const middle = Math.sqrt(sigma * down)
      const second = await run.denoise(lineTo(x, denoised, sigma, middle), middle)
      x = lineTo(x, second, sigma, down)
    }
    if (up > 0) x = mix(1, x, s_noise * up, await run.noise(sigma, next))
  }
  return x
}
