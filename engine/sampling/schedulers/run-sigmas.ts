/**
 * @file Which noise levels a run goes through: the scheduler's, cut to the part that `denoise`, a start step and an end
 * step ask for.
 */
import type { ModelSampling } from '../model-sampling/model-sampling.ts'
import { type SchedulerName, schedulers } from './index.ts'

/** At or above this, `denoise` means everything. */
const fullDenoise = 0.9999

/** More steps than any schedule is meant for: a request beyond it is a mistake, or meant to exhaust memory. */
export const maxSteps = 10000

/**
 * The levels of a run.
 * @param steps - steps to make, 1 to {@link maxSteps}
 * @param denoise - share of the noise to start from. Below 1 the schedule is made for steps / denoise steps and its last
 * ones are used, so that a step is as large as it would be in a full run. At or below 0 nothing is to be done.
 * @param dropsPenultimate - the sampler wants the last level before 0 left out, see the samplers' table
 * @returns `steps + 1` levels (some schedulers: about), largest first; none when there is nothing to do
 * @throws RangeError when steps is not a whole number in its range
 */
export function runSigmas(
  model: ModelSampling,
  scheduler: SchedulerName,
  steps: number,
  options: { denoise?: number; dropsPenultimate?: boolean } = {},
): Float32Array {
  const { denoise = 1, dropsPenultimate = false } = options
  if (!Number.isInteger(steps) || steps < 1 || steps > maxSteps) {
    throw new RangeError(`steps is ${steps}, it must be a whole number from 1 to ${maxSteps}`)
  }
  if (denoise > fullDenoise) return scheduled(model, scheduler, steps, dropsPenultimate)
  if (!(denoise > 0)) return new Float32Array(0)
  // A tiny denoise would ask for millions of levels; the table has no more than a thousand distinct ones anyway.
  const all = Math.min(Math.trunc(steps / denoise), maxSteps * 10)
  return scheduled(model, scheduler, all, dropsPenultimate).slice(-(steps + 1))
}

function scheduled(
  model: ModelSampling,
  scheduler: SchedulerName,
  steps: number,
  dropsPenultimate: boolean,
): Float32Array {
  const sigmas = schedulers[scheduler](model, dropsPenultimate ? steps + 1 : steps)
  if (!dropsPenultimate || sigmas.length < 2) return sigmas
  return Float32Array.from([...sigmas.slice(0, -2), sigmas.at(-1)!])
}

/**
 * The part of a run between two steps, as KSamplerAdvanced asks for.
 * @param range.startAt - first step to make; @param range.endAt - first step not to make; both counted from 0
 * @param range.toZero - end with no noise left, even when stopped early
 * @returns none when the start lies at or behind the end
 */
export function sigmaRange(
  sigmas: Float32Array,
  range: { startAt?: number; endAt?: number; toZero?: boolean },
): Float32Array {
  const { startAt = 0, endAt = Number.POSITIVE_INFINITY, toZero = false } = range
  let part = sigmas
  if (endAt < part.length - 1) {
    part = part.slice(0, endAt + 1)
    if (toZero && part.length > 0) part[part.length - 1] = 0
  }
  return startAt < part.length - 1 ? part.slice(Math.max(startAt, 0)) : new Float32Array(0)
}
