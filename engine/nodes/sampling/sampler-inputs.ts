/** @file The inputs that sampling nodes share. */

import type { Seed } from '../../sampling/noise/mt19937.ts'
import { samplerNames } from '../../sampling/samplers/index.ts'
import { schedulerNames } from '../../sampling/schedulers/index.ts'
import { maxSteps } from '../../sampling/schedulers/run-sigmas.ts'
import { type InputOptions, type InputSpec, input } from '../define.ts'
import { maxSeed } from '../limits.ts'

/** A seed beyond 2^53 comes as a bigint. */
export const seedInput = (options: InputOptions = {}): InputSpec<Seed> => ({
  type: 'INT',
  options: { default: 0, min: 0, max: maxSeed, control_after_generate: true, ...options },
})

export const stepsInput = (defaultSteps = 20) =>
  input.int({ default: defaultSteps, min: 1, max: maxSteps, tooltip: 'More steps, finer work and more time' })

export const cfgInput = () =>
  input.float({
    default: 8,
    min: 0,
    max: 100,
    step: 0.1,
    round: 0.01,
    tooltip: 'How closely the prompt is followed; too high burns the picture',
  })

export const denoiseInput = () =>
  input.float({
    default: 1,
    min: 0,
    max: 1,
    step: 0.01,
    tooltip: 'How much of the latent is made anew: 1 all of it, less keeps its composition',
  })

export const samplerNameInput = () =>
  input.combo(samplerNames, { tooltip: 'The method of stepping from noise to picture' })
export const schedulerInput = () =>
  input.combo(schedulerNames, { tooltip: 'How the noise levels are spread over the steps' })
