/** @file The noises that a run may start from, and a latent that is given one. */
import { isEmpty, type LatentValue } from '../../diffusion/latent-value.ts'
import { noiseFor } from '../../diffusion/sample-latent.ts'
import { toNetworkLatent, toVaeLatent } from '../../sampling/latents/formats.ts'
import { addNoise as withNoise } from '../../sampling/model-sampling/model-sampling.ts'
import { defineNode } from '../define.ts'
import { link, type NoiseSource } from '../diffusion-links.ts'
import { seedInput } from './sampler-inputs.ts'

const category = 'sampling/custom_sampling/noise'

export const randomNoise = defineNode({
  classType: 'RandomNoise',
  category,
  inputs: { noise_seed: seedInput() },
  outputs: [{ type: 'NOISE' }],
  execute: ({ noise_seed: seed }) => [{ seed, adds: true } satisfies NoiseSource],
})

export const disableNoise = defineNode({
  classType: 'DisableNoise',
  category,
  inputs: {},
  outputs: [{ type: 'NOISE' }],
  execute: () => [{ seed: 0, adds: false } satisfies NoiseSource],
})

export const addNoise = defineNode({
  classType: 'AddNoise',
  category: '_for_testing/custom_sampling/noise',
  description: 'A latent as it is at a noise level: between two levels, with what lies between them.',
  experimental: true,
  inputs: { model: link.model(), noise: link.noise(), sigmas: link.sigmas(), latent_image: link.latent() },
  outputs: [{ type: 'LATENT' }],
  execute({ model, noise, sigmas, latent_image: latent }) {
    const [first, last] = [sigmas[0], sigmas.at(-1)]
    if (first === undefined || !noise.adds) return [latent]
    const amount = sigmas.length > 1 ? Math.abs(first - last!) : first
    const start = isEmpty(latent) ? latent.data : toNetworkLatent(model.latentFormat, latent)
    const noisy = withNoise(amount, noiseFor(noise.seed, latent), start, false)
    return [
      { ...latent, data: toVaeLatent(model.latentFormat, { data: noisy, shape: latent.shape }) } satisfies LatentValue,
    ]
  },
})
