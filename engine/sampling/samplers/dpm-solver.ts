/**
 * @file DPM-Solver with a number of network calls (`dpm_fast`) or a tolerance (`dpm_adaptive`) instead of a schedule: of
 * the noise levels it is given only the ends count. Time is t = -log(sigma).
 * @see Lu et al. 2022, "DPM-Solver", arXiv 2206.00927; Crowson, k-diffusion (MIT)
 */
import type { Sampler, SamplerRun } from '../types.ts'
import { combine, mix } from '../vector.ts'
import { ancestralStep } from './ancestral-step.ts'
import { createStepController, type StepControl } from './step-controller.ts'

export interface DpmFastOptions {
  /** 0 when left out: no noise is added */
  eta?: number
  s_noise?: number
}

export interface DpmAdaptiveOptions extends DpmFastOptions, StepControl {
  /** 2 or 3, 3 when left out */
  order?: number
  /** relative and absolute error allowed in a step */
  rtol?: number
  atol?: number
  /** first step, in t */
  h_init?: number
}

/**
 * Third order steps over even parts of t, as many network calls as the schedule has steps; the rest of the division by 3
 * is made up by a step of lower order.
 * @see arXiv 2206.00927, section 3.4 and algorithm 2
 */
export const dpmFast: Sampler<DpmFastOptions> = async (run, { eta = 0, s_noise = 1 } = {}) => {
  if (run.sigmas.length < 2) return run.x
  const calls = run.sigmas.length - 1
  const [start, end] = ends(run.sigmas)
  const parts = Math.floor(calls / 3) + 1
  const orders =
    calls % 3 === 0
      ? [...Array<number>(Math.max(parts - 2, 0)).fill(3), 2, 1]
      : [...Array<number>(parts - 1).fill(3), calls % 3]
  let { x } = run
  for (const [index, order] of orders.entries()) {
    const t = start + ((end - start) * index) / parts
    const next = start + ((end - start) * (index + 1)) / parts
    const { target, up } = withNoise(t, next, end, eta)
    const step = await beginStep(run, x, t, index)
    x =
      order === 1
        ? firstOrder(step, target)
        : order === 2
          ? (await secondOrder(step, target, 1 / 2)).result
          : await thirdOrder(step, target)
    if (up > 0) x = mix(1, x, s_noise * up, await run.noise(level(t), level(next)))
  }
  return x
}

/**
 * Steps as long as two orders agree within a tolerance. May make many more or fewer steps than the schedule has.
 * @throws RangeError when order is neither 2 nor 3
 * @see arXiv 2206.00927, appendix C (DPM-Solver-12 and -23)
 */
export const dpmAdaptive: Sampler<DpmAdaptiveOptions> = async (run, options = {}) => {
  const { order = 3, rtol = 0.05, atol = 0.0078, h_init = 0.05, eta = 0, s_noise = 1 } = options
  if (order !== 2 && order !== 3) throw new RangeError(`order is ${order}, it must be 2 or 3`)
  if (run.sigmas.length < 2) return run.x
  const [start, end] = ends(run.sigmas)
  const control = createStepController(Math.abs(h_init), eta > 0 ? 1.5 : order, options)
  let { x } = run
  let previous = x
  let t = start
  for (let index = 0; t < end - 1e-5; index++) {
    const next = Math.min(end, t + control.size)
    const { target, up } = withNoise(t, next, end, eta)
    const step = await beginStep(run, x, t, index)
    let low: Float32Array
    let high: Float32Array
    if (order === 2) {
      low = firstOrder(step, target)
      high = (await secondOrder(step, target, 1 / 2)).result
    } else {
      const second = await secondOrder(step, target, 1 / 3)
      low = second.result
      high = await thirdOrder(step, target, second.slope)
    }
    if (!control.accept(relativeError(low, high, previous, rtol, atol))) continue
    previous = low
    x = up > 0 ? mix(1, high, s_noise * up, await run.noise(level(t), level(next))) : high
    t = next
  }
  return x
}

interface Step {
  run: SamplerRun
  x: Float32Array
  t: number
  /** the noise predicted at t */
  eps: Float32Array
}

async function beginStep(run: SamplerRun, x: Float32Array, t: number, index: number): Promise<Step> {
  const sigma = level(t)
  const denoised = await run.denoise(x, sigma)
  await run.onStep({ index, sigma, x, denoised })
  return { run, x, t, eps: noiseIn(x, denoised, sigma) }
}

/** arXiv 2206.00927, eq. 3.7 */
function firstOrder({ x, t, eps }: Step, next: number): Float32Array {
  return mix(1, x, -level(next) * Math.expm1(next - t), eps)
}

/** arXiv 2206.00927, algorithm 4 (DPM-Solver-2 with a free middle r) */
async function secondOrder(step: Step, next: number, r: number) {
  const { run, x, t, eps } = step
  const h = next - t
  const slope = await noiseAt(run, firstOrder(step, t + r * h), t + r * h)
  const grown = -level(next) * Math.expm1(h)
  return { result: combine([1, x], [grown - grown / (2 * r), eps], [grown / (2 * r), slope]), slope }
}

/** arXiv 2206.00927, algorithm 2 (DPM-Solver-3, r1 = 1/3, r2 = 2/3) */
async function thirdOrder(step: Step, next: number, knownSlope?: Float32Array): Promise<Float32Array> {
  const { run, x, t, eps } = step
  const [r1, r2] = [1 / 3, 2 / 3]
  const h = next - t
  const slope1 = knownSlope ?? (await noiseAt(run, firstOrder(step, t + r1 * h), t + r1 * h))
  const s2 = t + r2 * h
  const bend = -level(s2) * (r2 / r1) * (Math.expm1(r2 * h) / (r2 * h) - 1)
  const u2 = combine([1, x], [-level(s2) * Math.expm1(r2 * h) - bend, eps], [bend, slope1])
  const slope2 = await noiseAt(run, u2, s2)
  const last = (-level(next) / r2) * (Math.expm1(h) / h - 1)
  return combine([1, x], [-level(next) * Math.expm1(h) - last, eps], [last, slope2])
}

async function noiseAt(run: SamplerRun, x: Float32Array, t: number): Promise<Float32Array> {
  const sigma = level(t)
  return noiseIn(x, await run.denoise(x, sigma), sigma)
}

function noiseIn(x: Float32Array, denoised: Float32Array, sigma: number): Float32Array {
  return mix(1 / sigma, x, -1 / sigma, denoised)
}

/** Where to step to, and the noise to add after, so that the level at `next` is right. */
function withNoise(t: number, next: number, end: number, eta: number): { target: number; up: number } {
  if (eta === 0) return { target: next, up: 0 }
  const { down } = ancestralStep(level(t), level(next), eta)
  const target = Math.min(end, -Math.log(down))
  return { target, up: Math.sqrt(Math.max(level(next) ** 2 - level(target) ** 2, 0)) }
}

function relativeError(low: Float32Array, high: Float32Array, previous: Float32Array, rtol: number, atol: number) {
  let sum = 0
  for (let i = 0; i < low.length; i++) {
    const allowed = Math.max(atol, rtol * Math.max(Math.abs(low[i]!), Math.abs(previous[i]!)))
    sum += ((low[i]! - high[i]!) / allowed) ** 2
  }
  return Math.sqrt(sum / low.length)
}

function level(t: number): number {
  return Math.exp(-t)
}

/** The run's first level and its last above 0, as t. */
function ends(sigmas: Float32Array): [number, number] {
  const last = sigmas.at(-1) || sigmas.at(-2)!
  return [-Math.log(sigmas[0]!), -Math.log(last)]
}
