/** @file The second order exponential multistep method of RES, plain, ancestral, and along the unconditional prediction. */
import type { Sampler, SamplerRun } from '../types.ts'
import { combine, mix } from '../vector.ts'
import { ancestralStep } from './ancestral-step.ts'
import type { AncestralOptions } from './euler.ts'

/** @see Zhang et al. 2023, "Improved Order Analysis and Design of Exponential Integrator", arXiv 2308.02157, table 1 */
export const resMultistep: Sampler<AncestralOptions> = (run, options = {}) =>
  resSteps(run, { eta: 0, ...options }, false)

export const resMultistepAncestral: Sampler<AncestralOptions> = (run, options = {}) =>
  resSteps(run, { eta: 1, ...options }, false)

/** The guided prediction as the start of each step. @see Chung et al. 2024, "CFG++", arXiv 2406.08070 */
export const resMultistepCfgPp: Sampler<AncestralOptions> = (run, options = {}) =>
  resSteps(run, { eta: 0, ...options }, true)

export const resMultistepAncestralCfgPp: Sampler<AncestralOptions> = (run, options = {}) =>
  resSteps(run, { eta: 1, ...options }, true)

async function resSteps(run: SamplerRun, options: AncestralOptions, cfgPp: boolean): Promise<Float32Array> {
  const { eta = 0, s_noise = 1 } = options
  let { x } = run
  let previous: { prediction: Float32Array; sigma: number; down: number } | undefined
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const [sigma, next] = [run.sigmas[index]!, run.sigmas[index + 1]!]
    const denoised = await run.denoise(x, sigma)
    await run.onStep({ index, sigma, x, denoised })
    const prediction = cfgPp ? (run.unconditional?.() ?? denoised).slice() : denoised
    const { down, up } = ancestralStep(sigma, next, eta)
    if (down === 0 || previous === undefined) {
      const ratio = down / sigma
      x = combine([1, denoised], [ratio, x], [-ratio, prediction])
    } else {
      const h = Math.log(sigma / down)
      // Where the step before stood, in steps of h from where it ended: negative.
      const c2 = Math.log(previous.down / previous.sigma) / h
      const phi1 = -Math.expm1(-h) / h
      const phi2 = (1 - phi1) / h
      const onPrevious = Number.isFinite(phi2 / c2) ? phi2 / c2 : 0
      const keep = Math.exp(-h)
      x = combine(
        [keep, x],
        [cfgPp ? keep : 0, denoised],
        [h * (phi1 - onPrevious) - (cfgPp ? keep : 0), prediction],
        [h * onPrevious, previous.prediction],
      )
    }
    if (up > 0) x = mix(1, x, s_noise * up, await run.noise(sigma, next))
    previous = { prediction, sigma, down }
  }
  return x
}
