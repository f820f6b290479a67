/**
 * @file The schedulers by name. The list of public names is derived from this table, in ComfyUI's order, which is the
 * order of the table.
 */
import type { ModelSampling } from '../model-sampling/model-sampling.ts'
import { betaSigmas, ddimUniformSigmas, normalSigmas, simpleSigmas } from './from-table.ts'
import { exponentialSigmas, karrasSigmas, klOptimalSigmas, linearQuadraticSigmas } from './spaced.ts'

/** Noise levels for a number of steps: largest first, the last one 0, about `steps + 1` of them. */
export type Scheduler = (model: ModelSampling, steps: number) => Float32Array

export const schedulers = {
  simple: simpleSigmas,
  sgm_uniform: (model, steps) => normalSigmas(model, steps, { sgm: true }),
  karras: (model, steps) => karrasSigmas(steps, model.sigmaMin, model.sigmaMax),
  exponential: (model, steps) => exponentialSigmas(steps, model.sigmaMin, model.sigmaMax),
  ddim_uniform: ddimUniformSigmas,
  beta: (model, steps) => betaSigmas(model, steps),
  normal: (model, steps) => normalSigmas(model, steps),
  linear_quadratic: (model, steps) => linearQuadraticSigmas(steps, model.sigmaMax),
  kl_optimal: (model, steps) => klOptimalSigmas(steps, model.sigmaMin, model.sigmaMax),
} as const satisfies Record<string, Scheduler>

export type SchedulerName = keyof typeof schedulers
export const schedulerNames = Object.keys(schedulers) as SchedulerName[]
