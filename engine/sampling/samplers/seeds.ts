/**
 * @file SEEDS: exponential Runge-Kutta steps of the predicted x0 for the stochastic differential equation, two or three
 * network calls a step, and the exponential Heun method as the two-call case that ends at the step's end.
 */
import type { Sampler } from '../types.ts'
import { combine } from '../vector.ts'
import type { AncestralOptions } from './euler.ts'

export interface Seeds2Options extends AncestralOptions {
  /** where in the step the second prediction is made, as a share of its log sigma; 1/2 when left out */
  r?: number
  /** which order conditions the last stage meets; `phi_1` when left out */
  seeds_solver?: 'phi_1' | 'phi_2'
}

export interface Seeds3Options extends AncestralOptions {
  /** places of the second and third prediction, 1/3 and 2/3 when left out */
  r_1?: number
  r_2?: number
}

type Term = [number, Float32Array]

/** @see Gonzalez et al. 2023, "SEEDS", arXiv 2305.14267, algorithm 3 (data prediction) */
export const seeds2: Sampler<Seeds2Options> = async (run, options = {}) => {
  const { eta = 1, s_noise = 1, r = 1 / 2, seeds_solver = 'phi_1' } = options
  let { x } = run
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const [sigma, next] = [run.sigmas[index]!, run.sigmas[index + 1]!]
    const denoised = await run.denoise(x, sigma)
    await run.onStep({ index, sigma, x, denoised })
    if (next === 0) {
      x = denoised
      continue
    }
    const h = Math.log(sigma / next)
    const span = h * (1 + eta)
    const added = eta > 0 && s_noise > 0 ? new AddedNoise(h * eta) : undefined

    const middle = sigma * Math.exp(-r * h)
    added?.advance(r, await run.noise(sigma, middle))
    const halfway = combine(
      [Math.exp(-r * span), x],
      [-Math.expm1(-r * span), denoised],
      ...(added?.terms(middle * s_noise) ?? []),
    )
    const second = await run.denoise(halfway, middle)

    added?.advance(1 - r, await run.noise(middle, next))
    const onSecond = seeds_solver === 'phi_1' ? -Math.expm1(-span) / (2 * r) : hPhi2(span) / r
    x = combine(
      [Math.exp(-span), x],
      [-Math.expm1(-span) - onSecond, denoised],
      [onSecond, second],
      ...(added?.terms(next * s_noise) ?? []),
    )
  }
  return x
}

/** @see Gonzalez et al. 2023, "SEEDS", arXiv 2305.14267, algorithm 4 (data prediction) */
export const seeds3: Sampler<Seeds3Options> = async (run, options = {}) => {
  const { eta = 1, s_noise = 1, r_1 = 1 / 3, r_2 = 2 / 3 } = options
  let { x } = run
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const [sigma, next] = [run.sigmas[index]!, run.sigmas[index + 1]!]
    const denoised = await run.denoise(x, sigma)
    await run.onStep({ index, sigma, x, denoised })
    if (next === 0) {
      x = denoised
      continue
    }
    const h = Math.log(sigma / next)
    const span = h * (1 + eta)
    const added = eta > 0 && s_noise > 0 ? new AddedNoise(h * eta) : undefined
    const [level1, level2] = [sigma * Math.exp(-r_1 * h), sigma * Math.exp(-r_2 * h)]

    added?.advance(r_1, await run.noise(sigma, level1))
    const x1 = combine(
      [Math.exp(-r_1 * span), x],
      [-Math.expm1(-r_1 * span), denoised],
      ...(added?.terms(level1 * s_noise) ?? []),
    )
    const second = await run.denoise(x1, level1)

    added?.advance(r_2 - r_1, await run.noise(level1, level2))
    const onSecond = (r_2 / r_1) * hPhi2(r_2 * span)
    const x2 = combine(
      [Math.exp(-r_2 * span), x],
      [-Math.expm1(-r_2 * span) - onSecond, denoised],
      [onSecond, second],
      ...(added?.terms(level2 * s_noise) ?? []),
    )
    const third = await run.denoise(x2, level2)

    added?.advance(1 - r_2, await run.noise(level2, next))
    const onThird = hPhi2(span) / r_2
    x = combine(
      [Math.exp(-span), x],
      [-Math.expm1(-span) - onThird, denoised],
      [onThird, third],
      ...(added?.terms(next * s_noise) ?? []),
    )
  }
  return x
}

/** Exponential Heun on x0: {@link seeds2} with its second prediction at the step's end and no noise. */
export const expHeun2X0: Sampler<Seeds2Options> = (run, options = {}) =>
  seeds2(run, { seeds_solver: 'phi_2', r: 1, ...options, eta: 0, s_noise: 0 })

/** {@link expHeun2X0} with noise. */
export const expHeun2X0Sde: Sampler<Seeds2Options> = (run, options = {}) =>
  seeds2(run, { seeds_solver: 'phi_2', r: 1, ...options })

/** h phi_2(-h) = 1 - (1 - exp(-h)) / h */
function hPhi2(h: number): number {
  return 1 + Math.expm1(-h) / h
}

/** The noise of a step so far, relative to the level: what was added decays while new noise comes in. */
class AddedNoise {
  readonly #rate: number
  #parts: Term[] = []

  /** @param rate - h · eta of the whole step */
  constructor(rate: number) {
    this.#rate = rate
  }

  advance(share: number, noise: Float32Array): void {
    const passed = share * this.#rate
    const kept = this.#parts.map(([weight, values]): Term => [weight * Math.exp(-passed), values])
    this.#parts = [...kept, [Math.sqrt(-Math.expm1(-2 * passed)), noise]]
  }

  terms(scale: number): Term[] {
    return this.#parts.map(([weight, values]): Term => [scale * weight, values])
  }
}
