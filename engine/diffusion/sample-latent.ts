/**
 * @file One run of a sampler over the values that nodes pass: a guider, a latent as a VAE encodes it, a seed. The numbers are
 * `engine/sampling/`'s.
 */
import type { Pause } from '../images/steps.ts'
import { NodeError } from '../nodes/define.ts'
import { toNetworkLatent, toVaeLatent } from '../sampling/latents/formats.ts'
import { latentNoise } from '../sampling/noise/latent-noise.ts'
import type { Seed } from '../sampling/noise/mt19937.ts'
import { sampleLatent as sample } from '../sampling/sample.ts'
import { type SamplerName, type SamplerOptions, samplerNamed } from '../sampling/samplers/index.ts'
import { createDenoiser } from './create-denoiser.ts'
import type { Guider } from './guider.ts'
import { isEmpty, type LatentValue } from './latent-value.ts'
import { maskForLatents } from './masks.ts'

/** SAMPLER: a sampler and what it is told beside the run. */
export interface SamplerChoice {
  name: SamplerName
  options?: SamplerOptions
}

export interface SampleRequest {
  guider: Guider
  sampler: SamplerChoice
  /** Noise levels, largest first; without any the latent comes back as it is. */
  sigmas: Float32Array
  latent: LatentValue
  /** Makes unit noise of the latent's shape, once it is known that there is room; null adds none. */
  noise: (() => Float32Array) | null
  /** What samplers that add noise on the way draw theirs from. */
  seed: Seed
  /** Awaited once a step, after the prediction; throwing ends the run. `denoised` is at the network's scale. */
  onStep(step: { index: number; steps: number; denoised: Float32Array }): Promise<void>
  /** Awaited between the parts of noise that takes long; throwing ends the run. */
  pause: Pause
}

export interface SampleResult {
  latent: LatentValue
  /** The last prediction without noise: what the sampler was heading for when it stopped. */
  denoised: LatentValue
}

/** The noise that a seed stands for, for a latent. */
export function noiseFor(seed: Seed, latent: LatentValue): Float32Array {
  return latentNoise(seed, latent.shape, latent.batchIndex)
}

/** One level that is no number makes a black picture, and nobody knows why. */
function requireLevels(sigmas: Float32Array): void {
  if (sigmas.every(Number.isFinite)) return
  const shown = [...sigmas.subarray(0, 4)].map((sigma) => Number(sigma.toPrecision(4))).join(', ')
  throw new NodeError(
    `The noise levels (sigmas) are no finite numbers: ${shown}${sigmas.length > 4 ? ', ...' : ''}. Check the inputs of the scheduler: sigma_min and rho must be above 0`,
  )
}

/** @throws NodeError when conditioning, latent and model do not fit together; whatever `onStep` throws */
export async function sampleLatent(request: SampleRequest): Promise<SampleResult> {
  const { guider, sigmas, latent, seed } = request
  const { sampling, latentFormat } = guider.model
  if (sigmas.length < 2) return { latent, denoised: latent }

  const { shape } = latent
  requireLevels(sigmas)
  await guider.model.unet.requireRoom(shape)
  const start = isEmpty(latent) ? latent.data : toNetworkLatent(latentFormat, latent)
  const sampler = samplerNamed(request.sampler.name)
  const denoiser = createDenoiser({
    guider,
    latent,
    scaled: start,
    needsUnconditional: sampler.needsUnconditional === true,
  })
  let last: Float32Array | null = null
  const data = await sample({
    model: sampling,
    sampler,
    ...(request.sampler.options && { options: request.sampler.options }),
    sigmas,
    seed,
    latent: start,
    shape,
    noise: request.noise?.() ?? new Float32Array(start.length),
    ...(latent.noiseMask && { mask: maskForLatents(latent.noiseMask, shape) }),
    ...(guider.model.maskAt && { maskAt: guider.model.maskAt(sigmas, sampling) }),
    denoise: denoiser.denoise,
    unconditional: denoiser.unconditional,
    pause: request.pause,
    async onStep({ index, denoised }) {
      last = denoised.slice()
      await request.onStep({ index, steps: sigmas.length - 1, denoised })
    },
  })
  return {
    latent: { ...latent, data: toVaeLatent(latentFormat, { data, shape }) },
    denoised: { ...latent, data: toVaeLatent(latentFormat, { data: last ?? data, shape }) },
  }
}
