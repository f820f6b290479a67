/**
 * @file What sampling needs to know of a model: its noise levels, what it wants to be told of them, and what its output
 * means. Samplers see none of it: they get a {@link Denoise} and noise levels.
 */
import { mix, scaled } from '../vector.ts'
import { denoisedWeights, type PredictionType } from './prediction.ts'

export interface ModelSampling {
  prediction: PredictionType
  /** all noise levels the model knows, smallest first; schedulers choose from them */
  sigmas: Float32Array
  sigmaMin: number
  sigmaMax: number
  /** spread of the data: 1 for the SD family */
  sigmaData: number
  /** the number the network is given for a noise level */
  timestep(sigma: number): number
  /** the noise level of a timestep; between two of them interpolated */
  sigma(timestep: number): number
  /**
   * The noise level at a share of the way from all noise (0) to none (1), for conditioning that holds in a part of the
   * sampling only. At or below 0 above every level, at or above 1 zero: both ends are included.
   */
  percentToSigma(percent: number): number
}

/** The latent scaled to unit variance: what the network sees. @see Karras et al. 2022, arXiv 2206.00364, eq. 7 */
export function networkInput(model: ModelSampling, x: Float32Array, sigma: number): Float32Array {
  return scaled(1 / Math.hypot(sigma, model.sigmaData), x)
}

/** The noiseless latent that the network's output for `x` at level `sigma` stands for. */
export function denoisedFrom(model: ModelSampling, x: Float32Array, output: Float32Array, sigma: number): Float32Array {
  const { skip, out } = denoisedWeights(model.prediction, sigma, model.sigmaData, model.timestep(sigma))
  return mix(skip, x, out, output)
}

/**
 * The latent at the level sampling starts from.
 * @param fromAllNoise - whether that is the model's highest level, see {@link startsFromAllNoise}: the variance of the
 * data then counts too, since training saw signal and noise scaled together
 */
export function addNoise(
  sigma: number,
  noise: Float32Array,
  latent: Float32Array,
  fromAllNoise: boolean,
): Float32Array {
  return mix(fromAllNoise ? Math.sqrt(1 + sigma * sigma) : sigma, noise, 1, latent)
}

/** Whether the first level is (up to 1e-5) the model's highest, or above it. */
export function startsFromAllNoise(model: ModelSampling, sigmas: Float32Array): boolean {
  const first = sigmas[0]
  if (first === undefined) return false
  return first > model.sigmaMax || Math.abs(first - model.sigmaMax) <= 1e-5 * Math.max(first, model.sigmaMax)
}
