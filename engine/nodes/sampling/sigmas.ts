/** @file Noise levels for custom sampling, from schedulers. What changes them is in `sigma-tools.ts`. */

import { roundHalfEven } from '../../images/round-half-even.ts'
import { type AlignedModel, alignedModels, alignedSigmas } from '../../sampling/schedulers/align-your-steps.ts'
import { betaSigmas } from '../../sampling/schedulers/from-table.ts'
import type { SchedulerName } from '../../sampling/schedulers/index.ts'
import { runSigmas } from '../../sampling/schedulers/run-sigmas.ts'
import {
  exponentialSigmas,
  karrasSigmas,
  laplaceSigmas,
  polyexponentialSigmas,
  variancePreservingSigmas,
} from '../../sampling/schedulers/spaced.ts'
import { defineNode, input, NodeError } from '../define.ts'
import { link } from '../diffusion-links.ts'
import { denoiseInput, schedulerInput, stepsInput } from './sampler-inputs.ts'

const schedulers = 'sampling/custom_sampling/schedulers'

const level = (value: number) =>
  input.float({ default: value, min: 0, max: 5000, step: 0.01, round: false, advanced: true })
const bend = (value: number, max: number, step: number) =>
  input.float({ default: value, min: 0, max, step, round: false, advanced: true })

export const basicScheduler = defineNode({
  classType: 'BasicScheduler',
  category: schedulers,
  inputs: { model: link.model(), scheduler: schedulerInput(), steps: stepsInput(), denoise: denoiseInput() },
  outputs: [{ type: 'SIGMAS' }],
  execute: ({ model, scheduler, steps, denoise }) => [
    // KSampler takes all that the scheduler gives; here it is never more than asked for, as in ComfyUI (`ddim_uniform`).
    runSigmas(model.sampling, scheduler as SchedulerName, steps, { denoise }).slice(-(steps + 1)),
  ],
})

export const karrasScheduler = defineNode({
  classType: 'KarrasScheduler',
  category: schedulers,
  inputs: {
    steps: stepsInput(),
    sigma_max: level(14.614642),
    sigma_min: level(0.0291675),
    rho: bend(7, 100, 0.01),
  },
  outputs: [{ type: 'SIGMAS' }],
  execute: ({ steps, sigma_max, sigma_min, rho }) => [karrasSigmas(steps, sigma_min, sigma_max, rho)],
})

export const exponentialScheduler = defineNode({
  classType: 'ExponentialScheduler',
  category: schedulers,
  inputs: { steps: stepsInput(), sigma_max: level(14.614642), sigma_min: level(0.0291675) },
  outputs: [{ type: 'SIGMAS' }],
  execute: ({ steps, sigma_max, sigma_min }) => [exponentialSigmas(steps, sigma_min, sigma_max)],
})

export const polyexponentialScheduler = defineNode({
  classType: 'PolyexponentialScheduler',
  category: schedulers,
  inputs: {
    steps: stepsInput(),
    sigma_max: level(14.614642),
    sigma_min: level(0.0291675),
    rho: bend(1, 100, 0.01),
  },
  outputs: [{ type: 'SIGMAS' }],
  execute: ({ steps, sigma_max, sigma_min, rho }) => [polyexponentialSigmas(steps, sigma_min, sigma_max, rho)],
})

export const vpScheduler = defineNode({
  classType: 'VPScheduler',
  category: schedulers,
  inputs: {
    steps: stepsInput(),
    beta_d: bend(19.9, 5000, 0.01),
    beta_min: bend(0.1, 5000, 0.01),
    eps_s: bend(0.001, 1, 0.0001),
  },
  outputs: [{ type: 'SIGMAS' }],
  execute: ({ steps, beta_d, beta_min, eps_s }) => [variancePreservingSigmas(steps, beta_d, beta_min, eps_s)],
})

export const betaSamplingScheduler = defineNode({
  classType: 'BetaSamplingScheduler',
  category: schedulers,
  inputs: { model: link.model(), steps: stepsInput(), alpha: bend(0.6, 50, 0.01), beta: bend(0.6, 50, 0.01) },
  outputs: [{ type: 'SIGMAS' }],
  execute({ model, steps, alpha, beta }) {
    if (alpha === 0 || beta === 0) throw new NodeError('alpha and beta must be above 0')
    return [betaSigmas(model.sampling, steps, alpha, beta)]
  },
})

/** Levels of the training steps that SD-Turbo and its kin were distilled to: a hundred apart. */
export const sdTurboScheduler = defineNode({
  classType: 'SDTurboScheduler',
  category: schedulers,
  inputs: {
    model: link.model(),
    steps: input.int({ default: 1, min: 1, max: 10 }),
    denoise: denoiseInput(),
  },
  outputs: [{ type: 'SIGMAS' }],
  execute({ model, steps, denoise }) {
    const first = 10 - Math.trunc(10 * denoise)
    const timesteps = Array.from({ length: 10 }, (_, index) => 1000 - 100 * index - 1).slice(first, first + steps)
    return [Float32Array.from([...timesteps.map((timestep) => model.sampling.sigma(timestep)), 0])]
  },
})

export const laplaceScheduler = defineNode({
  classType: 'LaplaceScheduler',
  category: schedulers,
  description: 'Many steps around the middle of the noise levels. Ends at the lowest level, not at 0.',
  inputs: {
    steps: stepsInput(),
    sigma_max: level(14.614642),
    sigma_min: level(0.0291675),
    mu: input.float({ default: 0, min: -10, max: 10, step: 0.1, round: false, advanced: true }),
    beta: bend(0.5, 10, 0.1),
  },
  outputs: [{ type: 'SIGMAS' }],
  execute: ({ steps, sigma_max, sigma_min, mu, beta }) => [laplaceSigmas(steps, sigma_min, sigma_max, mu, beta)],
})

export const alignYourStepsScheduler = defineNode({
  classType: 'AlignYourStepsScheduler',
  category: schedulers,
  description: 'Noise levels that were found to suit a model in ten steps, stretched to others.',
  searchAliases: ['AYS scheduler'],
  inputs: { model_type: input.combo(alignedModels), steps: stepsInput(10), denoise: denoiseInput() },
  outputs: [{ type: 'SIGMAS' }],
  execute({ model_type, steps, denoise }) {
    if (denoise <= 0) return [new Float32Array(0)]
    // Of so many steps the last ones: fewer, not smaller.
    const made = roundHalfEven(steps * denoise)
    return [alignedSigmas(model_type as AlignedModel, steps).slice(-(made + 1))]
  },
})

export const sigmaNodes = [
  basicScheduler,
  karrasScheduler,
  exponentialScheduler,
  polyexponentialScheduler,
  laplaceScheduler,
  vpScheduler,
  betaSamplingScheduler,
  sdTurboScheduler,
  alignYourStepsScheduler,
]
