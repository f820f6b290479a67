/** @file The noises that a run may start from. */
import { defineNode } from '../define.ts'
import type { NoiseSource } from '../diffusion-links.ts'
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
