/**
 * @file What a sampler is given and gives back. A latent is a flat Float32Array (batch, channels, height, width); samplers
 * do not need its shape, since every step is elementwise.
 */

/**
 * Predicts the noiseless latent (x0) for a latent at noise level `sigma`, guidance already applied. Called strictly one at
 * a time; may throw to cancel. Must not keep or change `x`.
 */
export type Denoise = (x: Float32Array, sigma: number) => Promise<Float32Array>

/**
 * Unit normal noise for a step between two noise levels. Sources that draw from one stream ignore the levels; a Brownian
 * path gives the same noise again for the same levels.
 */
export type NoiseSampler = (sigma: number, sigmaNext: number) => Float32Array | Promise<Float32Array>

/** What is known after the first network call of a step. The arrays belong to the sampler: read, do not keep. */
export interface SamplerStep {
  /** 0 for the first step */
  index: number
  /** noise level the step starts from */
  sigma: number
  /** the latent the step starts from */
  x: Float32Array
  /** the prediction at that level: what previews show */
  denoised: Float32Array
}

export interface SamplerRun {
  /** the latent with noise at level `sigmas[0]`; not changed */
  x: Float32Array
  /** noise levels, largest first; usually the last is 0 */
  sigmas: Float32Array
  denoise: Denoise
  noise: NoiseSampler
  /** Awaited in every step before the latent moves on; throwing from it cancels the run within that step. */
  onStep(step: SamplerStep): Promise<void>
  /**
   * The unconditional half of the last prediction, for the `*_cfg_pp` samplers. Absent or undefined where guidance
   * computes none: those samplers then go by the prediction itself.
   */
  unconditional?: () => Float32Array | undefined
}

/** Moves the latent from `sigmas[0]` to the last sigma. */
export type Sampler<Options = object> = (run: SamplerRun, options?: Options) => Promise<Float32Array>
