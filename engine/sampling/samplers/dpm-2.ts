/** @file The midpoint method in log sigma: two network calls a step, the second at the geometric mean of the levels. */
import type { Sampler } from '../types.ts'
import { mix } from '../vector.ts'
import { ancestralStep } from './ancestral-step.ts'
import { type ChurnOptions, churn } from './churn.ts'
import { type AncestralOptions, lineTo } from './euler.ts'
import { slope } from './heun.ts'

/** @see Lu et al. 2022, "DPM-Solver", arXiv 2206.00927, algorithm 1, with the churn of Karras et al. 2022 */
export const dpm2: Sampler<ChurnOptions> = async (run, options = {}) => {
  let { x } = run
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const { x: start, sigma } = await churn(run, x, index, options)
    const denoised = await run.denoise(start, sigma)
    await run.onStep({ index, sigma: run.sigmas[index]!, x: start, denoised })
    x = await midpointStep(run.denoise, start, denoised, sigma, run.sigmas[index + 1]!)
  }
  return x
}

/** {@link dpm2} steps below the next level, with noise back up to it. */
export const dpm2Ancestral: Sampler<AncestralOptions> = async (run, { eta = 1, s_noise = 1 } = {}) => {
  let { x } = run
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const [sigma, next] = [run.sigmas[index]!, run.sigmas[index + 1]!]
    const denoised = await run.denoise(x, sigma)
    await run.onStep({ index, sigma, x, denoised })
    const { down, up } = ancestralStep(sigma, next, eta)
    x = await midpointStep(run.denoise, x, denoised, sigma, down)
    if (up > 0) x = mix(1, x, s_noise * up, await run.noise(sigma, next))
  }
  return x
}

async function midpointStep(
  denoise: (x: Float32Array, sigma: number) => Promise<Float32Array>,
  x: Float32Array,
  denoised: Float32Array,
  from: number,
  to: number,
): Promise<Float32Array> {
  if (to === 0) return lineTo(x, denoised, from, to)
  const middle = Math.sqrt(from * to)
  const halfway = lineTo(x, denoised, from, middle)
  return mix(1, x, to - from, slope(halfway, await denoise(halfway, middle), middle))
}
