/**
 * @file One sampling from start to end: noise onto the latent, the noise source the sampler wants, the mask, the steps.
 * This is what KSampler and SamplerCustom share; they differ in how they come by sigmas and noise.
 */
import type { Pause } from '../images/steps.ts'
import { type InpaintOptions, keepUnmasked } from './guidance/inpaint.ts'
import type { LatentShape } from './latents/latent.ts'
import { addNoise, type ModelSampling, startsFromAllNoise } from './model-sampling/model-sampling.ts'
import { latentNoise } from './noise/latent-noise.ts'
import { offsetSeed, type Seed } from './noise/mt19937.ts'
import { brownianNoise, independentNoise } from './noise/step-noise.ts'
import type { SamplerEntry, SamplerOptions } from './samplers/index.ts'
import type { Denoise, SamplerRun, SamplerStep } from './types.ts'

export interface SampleRequest {
  model: ModelSampling
  sampler: SamplerEntry
  options?: SamplerOptions
  /** the levels of the run, see `runSigmas`; with fewer than two the latent comes back as it is */
  sigmas: Float32Array
  /** for the noise that samplers add */
  seed: Seed
  /** the latent to start from in the network's scale, zeros for text to image; not changed */
  latent: Float32Array
  shape: LatentShape
  /** unit normal noise to start from, zeros where the latent has its noise already */
  noise: Float32Array
  /** 1 where the picture changes: batch · height · width, or one for all */
  mask?: Float32Array
  maskAt?: InpaintOptions['maskAt']
  denoise: Denoise
  /** see {@link SamplerRun.unconditional} */
  unconditional?: () => Float32Array | undefined
  onStep(step: SamplerStep): Promise<void>
  /** awaited between the parts of the noise that takes long (`*_sde`) */
  pause?: Pause
}

/**
 * The latent at the last level, in the network's scale.
 * @throws RangeError when noise or mask do not fit the latent; whatever `denoise` and `onStep` throw
 */
export async function sampleLatent(request: SampleRequest): Promise<Float32Array> {
  const { model, sampler, sigmas, seed, latent, noise, mask, maskAt, shape, unconditional } = request
  if (noise.length !== latent.length) throw new RangeError('Noise and latent are of different sizes')
  if (sigmas.length < 2) return latent.slice()

  let { denoise } = request
  if (mask !== undefined) {
    // Fresh noise for the part that stays: with the old one, a sampler without noise of its own leaves seams.
    const kept = sampler.freshInpaintNoise ? latentNoise(offsetSeed(seed, 1), shape) : noise
    denoise = keepUnmasked(denoise, { latent, mask, noise: kept, shape, ...(maskAt === undefined ? {} : { maskAt }) })
  }
  const run: SamplerRun = {
    x: addNoise(sigmas[0]!, noise, latent, startsFromAllNoise(model, sigmas)),
    sigmas,
    denoise,
    noise:
      sampler.noise === 'brownian'
        ? brownianNoise(seed, latent.length, sigmas, request.pause)
        : independentNoise(seed, latent.length),
    onStep: request.onStep,
    ...(unconditional === undefined ? {} : { unconditional }),
  }
  return sampler.run(run, request.options)
}
