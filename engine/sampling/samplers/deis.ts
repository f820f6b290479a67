/** @file DEIS: slopes extrapolated in the time of a variance preserving process instead of sigma. */
import type { Sampler } from '../types.ts'
import { multistep } from './multistep.ts'

/** The process that time is taken from: sigma 0.002 to 80 between times 0.001 and 1, as diff-sampler has it. */
const epsilon = 1e-3
const logAlphaLow = Math.log(0.002 ** 2 + 1)
const logAlphaHigh = Math.log(80 ** 2 + 1)
const betaD = (2 * (logAlphaLow / epsilon - logAlphaHigh)) / (epsilon - 1)
const betaMin = logAlphaHigh - betaD / 2

/** Points of the numeric integral over a step. */
const points = 10000

/**
 * The tabulated Adams-Bashforth form (tAB).
 * @see Zhang and Chen 2023, "Fast Sampling of Diffusion Models with Exponential Integrator", arXiv 2204.13902, eq. 15;
 * diff-sampler (Apache-2.0) for the process and the integration rule
 */
export const deis: Sampler<{ max_order?: number }> = (run, { max_order = 3 } = {}) => {
  const times = Array.from(run.sigmas, timeOf)
  return multistep(run, Math.min(max_order, 4), (index, used) =>
    // The first step has nothing to extrapolate from.
    used === 1 ? [run.sigmas[index + 1]! - run.sigmas[index]!] : weights(times, index, used),
  )
}

/** @see Karras et al. 2022, arXiv 2206.00364, table 1 (VP), solved for t */
function timeOf(sigma: number): number {
  return (Math.sqrt(betaMin ** 2 + 2 * betaD * Math.log(sigma ** 2 + 1)) - betaMin) / betaD
}

/** Integrals over the step of d sigma / dt times each Lagrange polynomial of the times used, newest first. */
function weights(times: readonly number[], index: number, used: number): number[] {
  const [from, to] = [times[index]!, times[index + 1]!]
  const known = Array.from({ length: used }, (_, back) => times[index - back]!)
  const sums = known.map(() => 0)
  for (let i = 0; i < points; i++) {
    const t = from + ((to - from) * i) / (points - 1)
    const slope = sigmaSlope(t)
    for (let j = 0; j < used; j++) {
      let polynomial = slope
      for (let k = 0; k < used; k++) if (k !== j) polynomial *= (t - known[k]!) / (known[j]! - known[k]!)
      sums[j]! += polynomial
    }
  }
  return sums.map((sum) => (sum * (to - from)) / points)
}

/** With log(alphaBar) = -(betaD t² / 2 + betaMin t): -(d log alphaBar / dt) / (2 sqrt(alphaBar (1 - alphaBar))). */
function sigmaSlope(t: number): number {
  const exponent = (betaD * t * t) / 2 + betaMin * t
  const alphaBar = Math.exp(-exponent)
  return (0.5 * (betaD * t + betaMin)) / Math.sqrt(alphaBar * -Math.expm1(-exponent))
}
