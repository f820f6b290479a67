/** @file The nodes that add, scale and mix latents number by number. */
import type { LatentValue } from '../../diffusion/latent-value.ts'
import { addLatents, interpolateLatents } from '../../sampling/latents/arithmetic.ts'
import { scaled } from '../../sampling/vector.ts'
import { defineNode, input } from '../define.ts'
import { link } from '../diffusion-links.ts'
import { together } from './together.ts'

const category = 'latent/advanced'
const outputs = [{ type: 'LATENT' }] as const

export const latentArithmeticNodes = [
  defineNode({
    classType: 'LatentAdd',
    category,
    inputs: { samples1: link.latent(), samples2: link.latent() },
    outputs,
    execute: ({ samples1, samples2 }) => [
      { ...samples1, ...together(() => addLatents(samples1, samples2, 1, 1)) } satisfies LatentValue,
    ],
  }),
  defineNode({
    classType: 'LatentSubtract',
    category,
    inputs: { samples1: link.latent(), samples2: link.latent() },
    outputs,
    execute: ({ samples1, samples2 }) => [
      { ...samples1, ...together(() => addLatents(samples1, samples2, 1, -1)) } satisfies LatentValue,
    ],
  }),
  defineNode({
    classType: 'LatentMultiply',
    category,
    inputs: {
      samples: link.latent(),
      multiplier: input.float({ default: 1, min: -10, max: 10, step: 0.01 }),
    },
    outputs,
    execute: ({ samples, multiplier }) => [
      { ...samples, data: scaled(multiplier, samples.data) } satisfies LatentValue,
    ],
  }),
  defineNode({
    classType: 'LatentInterpolate',
    category,
    description: 'Between two latents, with the contrast of both.',
    inputs: {
      samples1: link.latent(),
      samples2: link.latent(),
      ratio: input.float({ default: 1, min: 0, max: 1, step: 0.01, tooltip: 'Share of the first' }),
    },
    outputs,
    execute: ({ samples1, samples2, ratio }) => [
      { ...samples1, ...together(() => interpolateLatents(samples1, samples2, ratio)) } satisfies LatentValue,
    ],
  }),
]
