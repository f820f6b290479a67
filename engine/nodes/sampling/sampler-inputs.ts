/** @file The inputs that sampling nodes share. */
import { samplerNames } from '../../sampling/samplers/index.ts'
import { schedulerNames } from '../../sampling/schedulers/index.ts'
import { maxSteps } from '../../sampling/schedulers/run-sigmas.ts'
import { input } from '../define.ts'
import { maxSeed } from '../limits.ts'

export const seedInput = () =>
  input.int({
    default: 0,
    min: 0,
    max: maxSeed,
    control_after_generate: true,
    tooltip: 'Chooses the noise: the same seed gives the same picture',
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
