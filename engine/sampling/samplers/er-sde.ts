/** @file The extended reverse-time SDE solvers: one network call a step, up to third order. */
import type { Sampler } from '../types.ts'
import { combine } from '../vector.ts'

export interface ErSdeOptions {
  s_noise?: number
  /** highest order, 1 to 3, 3 when left out */
  max_stage?: number
  /** phi of the paper: how noise is added along the way; a rising function of sigma */
  noise_scaler?: (sigma: number) => number
}

/** Points of the numeric integrals, as the paper's code has them. */
const points = 200

/**
 * @throws RangeError when max_stage is not 1, 2 or 3
 * @see Cui et al. 2023, "Elucidating the solution space of extended reverse-time SDE", arXiv 2309.06169, algorithms 1 to 3
 * (variance exploding), with phi of ER-SDE 5: x (exp(x^0.3) + 10)
 */
export const erSde: Sampler<ErSdeOptions> = async (run, options = {}) => {
  const { s_noise = 1, max_stage = 3, noise_scaler: phi = (sigma) => sigma * (Math.exp(sigma ** 0.3) + 10) } = options
  if (![1, 2, 3].includes(max_stage)) throw new RangeError(`max_stage is ${max_stage}, it must be 1, 2 or 3`)
  const { sigmas } = run
  let { x } = run
  let previous: Float32Array | undefined
  let previousSlope: Float32Array | undefined
  for (let index = 0; index < sigmas.length - 1; index++) {
    const [sigma, next] = [sigmas[index]!, sigmas[index + 1]!]
    const denoised = await run.denoise(x, sigma)
    await run.onStep({ index, sigma, x, denoised })
    if (next === 0) {
      x = denoised
      continue
    }
    const r = phi(next) / phi(sigma)
    const terms: [number, Float32Array][] = [
      [r, x],
      [1 - r, denoised],
    ]
    if (max_stage >= 2 && previous !== undefined) {
      const { plain, weighted } = integrals(sigma, next, phi)
      const dt = next - sigma
      const first = 1 / (sigma - sigmas[index - 1]!)
      const slope = combine([first, denoised], [-first, previous])
      terms.push([dt + plain * phi(next), slope])
      if (max_stage >= 3 && previousSlope !== undefined) {
        const second = 2 / (sigma - sigmas[index - 2]!)
        const weight = (dt * dt) / 2 + weighted * phi(next)
        terms.push([weight * second, slope], [-weight * second, previousSlope])
      }
      previousSlope = slope
    }
    const spread = Math.sqrt(Math.max(next * next - sigma * sigma * r * r, 0))
    if (s_noise > 0 && spread > 0) terms.push([spread * s_noise, await run.noise(sigma, next)])
    x = combine(...terms)
    previous = denoised
  }
  return x
}

/** Integrals of 1 / phi and (sigma' - sigma) / phi over the step, as left Riemann sums from its lower end. */
function integrals(sigma: number, next: number, phi: (sigma: number) => number) {
  const width = (sigma - next) / points
  let plain = 0
  let weighted = 0
  for (let i = 0; i < points; i++) {
    const at = next + i * width
    plain += width / phi(at)
    weighted += (width * (at - sigma)) / phi(at)
  }
  return { plain, weighted }
}
