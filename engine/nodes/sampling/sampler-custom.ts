/** @file SamplerCustom and SamplerCustomAdvanced: runs put together from a sampler, noise levels, noise and a guider. */
import { cfgGuider } from '../../diffusion/guider.ts'
import { noiseFor } from '../../diffusion/sample-latent.ts'
import { defineNode, input } from '../define.ts'
import { link } from '../diffusion-links.ts'
import { runSampler } from './run-sampler.ts'
import { cfgInput, seedInput } from './sampler-inputs.ts'

const outputs = [
  { type: 'LATENT', name: 'output' },
  { type: 'LATENT', name: 'denoised_output' },
] as const

export const samplerCustom = defineNode({
  classType: 'SamplerCustom',
  category: 'sampling/custom_sampling',
  inputs: {
    model: link.model(),
    add_noise: input.boolean({ default: true, advanced: true }),
    noise_seed: seedInput(),
    cfg: cfgInput(),
    positive: link.conditioning(),
    negative: link.conditioning(),
    sampler: link.sampler(),
    sigmas: link.sigmas(),
    latent_image: link.latent(),
  },
  outputs,
  async execute(inputs, context) {
    const { model, positive, negative, latent_image: start } = inputs
    const { latent, denoised } = await runSampler(
      {
        guider: cfgGuider(model, { positive, negative, scale: inputs.cfg }),
        sampler: inputs.sampler,
        sigmas: inputs.sigmas,
        latent: start,
        noise: inputs.add_noise ? () => noiseFor(inputs.noise_seed, start) : null,
        seed: inputs.noise_seed,
      },
      context,
    )
    return [latent, denoised]
  },
})

export const samplerCustomAdvanced = defineNode({
  classType: 'SamplerCustomAdvanced',
  category: 'sampling/custom_sampling',
  inputs: {
    noise: link.noise(),
    guider: link.guider(),
    sampler: link.sampler(),
    sigmas: link.sigmas(),
    latent_image: link.latent(),
  },
  outputs,
  async execute({ noise, guider, sampler, sigmas, latent_image: start }, context) {
    const unit = noise.adds ? () => noiseFor(noise.seed, start) : null
    const request = { guider, sampler, sigmas, latent: start, noise: unit, seed: noise.seed }
    const { latent, denoised } = await runSampler(request, context)
    return [latent, denoised]
  },
})
