/** @file Noise added before a step, so that the step starts from a slightly higher level. */
import type { SamplerRun } from '../types.ts'
import { mix } from '../vector.ts'

export interface ChurnOptions {
  /** total amount over the run; 0 (the default) makes the sampler deterministic */
  s_churn?: number
  /** lowest and highest level where noise is added */
  s_tmin?: number
  s_tmax?: number
  /** spread of the added noise, 1 when left out */
  s_noise?: number
}

/** The raised latent and level. @see Karras et al. 2022, arXiv 2206.00364, algorithm 2, lines 4 to 6 */
export async function churn(
  run: SamplerRun,
  x: Float32Array,
  index: number,
  { s_churn = 0, s_tmin = 0, s_tmax = Number.POSITIVE_INFINITY, s_noise = 1 }: ChurnOptions,
): Promise<{ x: Float32Array; sigma: number }> {
  const sigma = run.sigmas[index]!
  if (s_churn <= 0 || sigma < s_tmin || sigma > s_tmax) return { x, sigma }
  const gamma = Math.min(s_churn / (run.sigmas.length - 1), Math.SQRT2 - 1)
  const raised = sigma * (gamma + 1)
  const noise = await run.noise(raised, sigma)
  return { x: mix(1, x, s_noise * Math.sqrt(raised * raised - sigma * sigma), noise), sigma: raised }
}
