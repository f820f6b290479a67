/**
 * @file Schedules that pick from a model's own noise levels. Largest first, the last one 0. Some give one level more or
 * fewer than asked for, as in ComfyUI; who needs an exact number counts the result.
 */
import { roundHalfEven } from '../../images/round-half-even.ts'
import type { ModelSampling } from '../model-sampling/model-sampling.ts'
import { betaQuantile } from './beta-quantile.ts'

/**
 * Evenly spaced timesteps between the model's highest and lowest.
 * @param options.sgm - leave out the lowest (`sgm_uniform`): the spacing then reaches past it, to 0
 * @see Lin et al. 2023, arXiv 2305.08891, table 2 ("linspace" and, for sgm, "trailing")
 */
export function normalSigmas(model: ModelSampling, steps: number, options: { sgm?: boolean } = {}): Float32Array {
  const start = model.timestep(model.sigmaMax)
  const end = model.timestep(model.sigmaMin)
  if (options.sgm)
    return withZero(
      spread(start, end, steps + 1)
        .slice(0, -1)
        .map(model.sigma),
    )
  // A model whose lowest level is 0 brings the final 0 itself.
  if (Math.abs(model.sigma(end)) <= 1e-5) return Float32Array.from(spread(start, end, steps + 1), model.sigma)
  return withZero(spread(start, end, steps).map(model.sigma))
}

/** Every n-th level of the table, counted from the highest. */
export function simpleSigmas(model: ModelSampling, steps: number): Float32Array {
  const { sigmas } = model
  const stride = sigmas.length / steps
  return withZero(Array.from({ length: steps }, (_, i) => sigmas[sigmas.length - 1 - Math.trunc(i * stride)]!))
}

/**
 * Every n-th level of the table, counted from the lowest but one.
 * @see Song et al. 2021, "Denoising Diffusion Implicit Models", arXiv 2010.02502, appendix D.2 (linear)
 */
export function ddimUniformSigmas(model: ModelSampling, steps: number): Float32Array {
  const { sigmas } = model
  const startsAtZero = Math.abs(sigmas[1] ?? 0) <= 1e-5
  const stride = Math.max(Math.floor(sigmas.length / (startsAtZero ? steps + 1 : steps)), 1)
  const chosen = startsAtZero ? [] : [0]
  for (let i = 1; i < sigmas.length; i += stride) chosen.push(sigmas[i]!)
  return Float32Array.from(chosen.reverse())
}

/**
 * Timesteps at even quantiles of a beta distribution: dense at both ends. Levels that would repeat are left out, so many
 * steps give fewer.
 * @see Lee et al. 2024, "Beta Sampling is All You Need", arXiv 2407.12173
 */
export function betaSigmas(model: ModelSampling, steps: number, alpha = 0.6, beta = 0.6): Float32Array {
  const { sigmas } = model
  const chosen: number[] = []
  let last = -1
  for (let i = 0; i < steps; i++) {
    const index = roundHalfEven(betaQuantile(1 - i / steps, alpha, beta) * (sigmas.length - 1))
    if (index !== last) chosen.push(sigmas[index]!)
    last = index
  }
  return withZero(chosen)
}

function spread(start: number, end: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (count === 1 ? start : start + ((end - start) * i) / (count - 1)))
}

function withZero(sigmas: readonly number[]): Float32Array {
  return Float32Array.from([...sigmas, 0])
}
