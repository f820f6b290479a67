/** @file Splits a step into going down further than asked and adding noise back up: what ancestral samplers do. */

/**
 * @param eta - 0 adds no noise, 1 as much as the forward process would
 * @returns `down`, the level to denoise to, and `up`, the spread of the noise to add; down² + up² = to²
 * @see Song et al. 2021, arXiv 2010.02502, eq. 16, in terms of sigma (k-diffusion, MIT)
 */
export function ancestralStep(from: number, to: number, eta: number): { down: number; up: number } {
  if (eta === 0) return { down: to, up: 0 }
  const variance = (to * to * (from * from - to * to)) / (from * from)
  const up = Math.min(to, eta * Math.sqrt(Math.max(variance, 0)))
  return { down: Math.sqrt(Math.max(to * to - up * up, 0)), up }
}
