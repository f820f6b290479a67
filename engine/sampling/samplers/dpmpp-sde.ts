/**
 * @file DPM-Solver++ for the stochastic differential equation: noise is added all along the step, usually from a Brownian
 * path. In all of them `eta` 0 adds none.
 */
import type { Sampler } from '../types.ts'
import { combine, mix } from '../vector.ts'
import { ancestralStep } from './ancestral-step.ts'
import { type AncestralOptions, lineTo } from './euler.ts'
import { noiseAhead } from './noise-ahead.ts'

export interface DpmppSdeOptions extends AncestralOptions {
  /** where in the step the second prediction is made, as a share of its log sigma; 1/2 when left out */
  r?: number
}

/**
 * Two network calls a step.
 * @see Lu et al. 2022, "DPM-Solver++", arXiv 2211.01095, section 5; Crowson, k-diffusion (MIT), `sample_dpmpp_sde`
 */
export const dpmppSde: Sampler<DpmppSdeOptions> = async (run, { eta = 1, s_noise = 1, r = 1 / 2 } = {}) => {
  let { x } = run
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const [sigma, next] = [run.sigmas[index]!, run.sigmas[index + 1]!]
    // Rounded, since the Brownian path is asked for at this very level.
    const middle = Math.fround(sigma * (next / sigma) ** r)
    const first = ancestralStep(sigma, middle, eta)
    const firstNoise = next > 0 && first.up > 0 ? noiseAhead(run, sigma, middle) : null
    const denoised = await run.denoise(x, sigma)
    await run.onStep({ index, sigma, x, denoised })
    if (next === 0) {
      x = lineTo(x, denoised, sigma, 0)
      continue
    }
    let halfway = lineTo(x, denoised, sigma, first.down)
    if (firstNoise) halfway = mix(1, halfway, s_noise * first.up, await firstNoise)

    const whole = ancestralStep(sigma, next, eta)
    const wholeNoise = whole.up > 0 ? noiseAhead(run, sigma, next) : null
    const second = await run.denoise(halfway, middle)
    const share = 1 / (2 * r)
    x = lineTo(x, mix(1 - share, denoised, share, second), sigma, whole.down)
    if (wholeNoise) x = mix(1, x, s_noise * whole.up, await wholeNoise)
  }
  return x
}

export interface Dpmpp2mSdeOptions extends AncestralOptions {
  /** how the step before corrects this one, `midpoint` when left out */
  solver_type?: 'midpoint' | 'heun'
}

/** @see Lu et al. 2022, arXiv 2211.01095, section 5 (SDE-DPM-Solver++(2M)); Crowson, k-diffusion (MIT) */
export const dpmpp2mSde: Sampler<Dpmpp2mSdeOptions> = async (
  run,
  { eta = 1, s_noise = 1, solver_type = 'midpoint' } = {},
) => {
  let { x } = run
  let previous: { denoised: Float32Array; h: number } | undefined
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const [sigma, next] = [run.sigmas[index]!, run.sigmas[index + 1]!]
    const noise = next > 0 && eta > 0 ? noiseAhead(run, sigma, next) : null
    const denoised = await run.denoise(x, sigma)
    await run.onStep({ index, sigma, x, denoised })
    if (next === 0) {
      x = denoised
      continue
    }
    const h = Math.log(sigma / next)
    const span = h * (1 + eta)
    const gain = -Math.expm1(-span)
    const terms: [number, Float32Array][] = [
      [Math.exp(-span), x],
      [gain, denoised],
    ]
    if (previous !== undefined) {
      const bend = (solver_type === 'heun' ? 1 - gain / span : gain / 2) * (h / previous.h)
      terms.push([bend, denoised], [-bend, previous.denoised])
    }
    if (noise) terms.push([addedSpread(next, h, eta) * s_noise, await noise])
    x = combine(...terms)
    previous = { denoised, h }
  }
  return x
}

/**
 * Three steps' predictions, one network call a step.
 * @see Crowson, k-diffusion (MIT), `sample_dpmpp_3m_sde`; arXiv 2211.01095, appendix (multistep of third order)
 */
export const dpmpp3mSde: Sampler<AncestralOptions> = async (run, { eta = 1, s_noise = 1 } = {}) => {
  let { x } = run
  const before: { denoised: Float32Array; h: number }[] = []
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const [sigma, next] = [run.sigmas[index]!, run.sigmas[index + 1]!]
    const noise = next > 0 && eta > 0 ? noiseAhead(run, sigma, next) : null
    const denoised = await run.denoise(x, sigma)
    await run.onStep({ index, sigma, x, denoised })
    if (next === 0) {
      x = denoised
      continue
    }
    const h = Math.log(sigma / next)
    const span = h * (1 + eta)
    const terms: [number, Float32Array][] = [
      [Math.exp(-span), x],
      [-Math.expm1(-span), denoised],
    ]
    const phi2 = Math.expm1(-span) / span + 1
    const [last, lastButOne] = before
    if (last !== undefined && lastButOne !== undefined) {
      const [r0, r1] = [last.h / h, lastButOne.h / h]
      const phi3 = phi2 / span - 0.5
      // Divided differences: d0 = (D - D1) / r0, d1 = (D1 - D2) / r1, each in turn a weight on the predictions.
      const onD0 = phi2 * (1 + r0 / (r0 + r1)) - phi3 / (r0 + r1)
      const onD1 = -phi2 * (r0 / (r0 + r1)) + phi3 / (r0 + r1)
      terms.push([onD0 / r0, denoised], [-onD0 / r0 + onD1 / r1, last.denoised], [-onD1 / r1, lastButOne.denoised])
    } else if (last !== undefined) {
      const weight = phi2 * (h / last.h)
      terms.push([weight, denoised], [-weight, last.denoised])
    }
    if (noise) terms.push([addedSpread(next, h, eta) * s_noise, await noise])
    x = combine(...terms)
    before.unshift({ denoised, h })
    before.length = Math.min(before.length, 2)
  }
  return x
}

function addedSpread(next: number, h: number, eta: number): number {
  return next * Math.sqrt(-Math.expm1(-2 * h * eta))
}
