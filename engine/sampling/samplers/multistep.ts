/**
 * @file Linear multistep methods: one network call a step, the slope extrapolated from those of the steps before.
 */
import type { Sampler } from '../types.ts'
import { combine } from '../vector.ts'
import { slope } from './heun.ts'

export interface MultistepOptions {
  /** most slopes used, 4 when left out */
  order?: number
}

/**
 * Adams-Bashforth for uneven steps. The last step takes the prediction itself.
 * @see Crowson, k-diffusion (MIT), `sample_lms`; Hairer et al., "Solving Ordinary Differential Equations I", III.5
 */
export const lms: Sampler<MultistepOptions> = (run, { order = 4 } = {}) =>
  multistep(run, order, (index, used) =>
    Array.from({ length: used }, (_, j) => lagrangeIntegral(run.sigmas, index, used, j)),
  )

/** Weights of the slopes for even steps, newest first, by order. @see Hairer et al., III.1, table 1.1 */
const evenWeights = [[1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24]] as const

/**
 * Adams-Bashforth with the weights for even steps, whatever the steps are.
 * @see Liu et al. 2022, "Pseudo Numerical Methods", arXiv 2202.09778, eq. 12; Zhang and Chen 2023, arXiv 2204.13902 (iPNDM)
 */
export const ipndm: Sampler<{ max_order?: number }> = (run, { max_order = 4 } = {}) =>
  multistep(run, Math.min(max_order, 4), (index, used) => {
    const dt = run.sigmas[index + 1]! - run.sigmas[index]!
    return evenWeights[used - 1]!.map((weight) => weight * dt)
  })

/**
 * iPNDM with weights for uneven steps. They are kept as published, though from the third order on they are not the exact
 * Adams-Bashforth weights ({@link lms} has those): people know this sampler by its pictures.
 * @see diff-sampler (Apache-2.0), `ipndm_v_sampler`
 */
export const ipndmV: Sampler<{ max_order?: number }> = (run, { max_order = 4 } = {}) =>
  multistep(run, Math.min(max_order, 4), (index, used) => {
    const step = (back: number) => run.sigmas[index + 1 - back]! - run.sigmas[index - back]!
    const h = step(0)
    const weights = [1, 0, 0, 0]
    const add = (scale: number, ...shares: number[]) => {
      shares.forEach((share, j) => {
        weights[j]! += scale * share
      })
    }
    if (used >= 2) add(h / step(1) / 2, 1, -1)
    if (used >= 3) {
      const [h1, h2] = [step(1), step(2)]
      add((1 - (h * h) / (3 * h1 * (h1 + h2))) / 2, 1, -1 - h1 / h2, h1 / h2)
    }
    if (used >= 4) {
      const [h1, h2, h3] = [step(1), step(2), step(3)]
      const [two, three] = [h + h1, h + h1 + h2]
      const lead = (1 - h / (3 * two)) / 2 + ((1 - h / (2 * two)) * h) / (6 * three)
      const reach = (h * two * three) / (h1 * (h1 + h2) * (h1 + h2 + h3))
      const [a, b] = [h1 / h2, (h1 * (h1 + h2)) / (h2 * (h2 + h3))]
      add(lead * reach, 1, -1 - a - b, a + b * (1 + h2 / h3), -b * a)
    }
    return weights.slice(0, used).map((weight) => weight * h)
  })

/**
 * The common part: weights for the slopes of this and the steps before, newest first.
 * @throws RangeError when the order is not 1 or more
 */
export async function multistep(
  run: Parameters<Sampler>[0],
  order: number,
  weightsAt: (index: number, used: number) => readonly number[],
): Promise<Float32Array> {
  if (!(order >= 1)) throw new RangeError(`order is ${order}, it must be 1 or more`)
  let { x } = run
  const slopes: Float32Array[] = []
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const sigma = run.sigmas[index]!
    const denoised = await run.denoise(x, sigma)
    await run.onStep({ index, sigma, x, denoised })
    if (run.sigmas[index + 1] === 0) {
      x = denoised
      continue
    }
    slopes.unshift(slope(x, denoised, sigma))
    slopes.length = Math.min(slopes.length, Math.trunc(order))
    const weights = weightsAt(index, slopes.length)
    x = combine([1, x], ...slopes.map((one, j) => [weights[j]!, one] as const))
  }
  return x
}

/**
 * The integral over the step of the polynomial that is 1 at level `index - j` and 0 at the others used. Five point
 * Gauss-Legendre is exact up to degree 9, so for every order up to 10.
 */
function lagrangeIntegral(sigmas: Float32Array, index: number, used: number, j: number): number {
  const half = (sigmas[index + 1]! - sigmas[index]!) / 2
  const middle = (sigmas[index + 1]! + sigmas[index]!) / 2
  let sum = 0
  for (const [place, weight] of gaussLegendre) {
    let product = weight
    for (let k = 0; k < used; k++) {
      if (k === j) continue
      const other = sigmas[index - k]!
      product *= (middle + half * place - other) / (sigmas[index - j]! - other)
    }
    sum += product
  }
  return sum * half
}

/** @see Abramowitz and Stegun, table 25.4, n = 5 */
const gaussLegendre = [
  [0, 0.5688888888888889],
  [0.5384693101056831, 0.47862867049936647],
  [-0.5384693101056831, 0.47862867049936647],
  [0.906179845938664, 0.23692688505618908],
  [-0.906179845938664, 0.23692688505618908],
] as const
