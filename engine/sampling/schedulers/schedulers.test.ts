import { describe, expect, it } from 'vitest'
import { discreteSampling } from '../model-sampling/discrete.ts'
import { trainingSigmas, zeroTerminalSnr } from '../model-sampling/schedule.ts'
import { readGolden, worstDifference } from '../testdata/golden.ts'
import { betaQuantile, regularizedBeta } from './beta-quantile.ts'
import { betaSigmas } from './from-table.ts'
import { type SchedulerName, schedulerNames, schedulers } from './index.ts'
import { runSigmas, sigmaRange } from './run-sigmas.ts'
import { polyexponentialSigmas, variancePreservingSigmas } from './spaced.ts'

interface Golden {
  cases: { name: SchedulerName; steps: number; values: number[] }[]
  quantiles: [number, number, number, number][]
  beta_700: { count: number }
  others: { polyexponential: number[]; vp: number[] }
}

// How the values were made: scripts/reference/sampling.py (k-diffusion, SciPy, NumPy).
const golden = readGolden<Golden>('schedulers')
const model = discreteSampling('eps')

describe('schedules', () => {
  it('have ComfyUI’s names in ComfyUI’s order', () => {
    expect(schedulerNames).toEqual([
      'simple',
      'sgm_uniform',
      'karras',
      'exponential',
      'ddim_uniform',
      'beta',
      'normal',
      'linear_quadratic',
      'kl_optimal',
    ])
  })

  it.each(golden.cases)('$name over $steps steps', ({ name, steps, values }) => {
    expect(worstDifference(schedulers[name](model, steps), values)).toBeLessThan(1e-5)
  })

  it('over so many steps that beta would repeat levels give each once', () => {
    expect(betaSigmas(model, 700)).toHaveLength(golden.beta_700.count)
  })

  it.each(schedulerNames)('%s falls from the model’s highest level to 0, also for zsnr and for 1 step', (name) => {
    const zsnr = discreteSampling('v_prediction', { sigmas: zeroTerminalSnr(trainingSigmas()) })
    for (const [one, steps] of [
      [model, 1],
      [model, 30],
      [zsnr, 1],
      [zsnr, 8],
    ] as const) {
      const sigmas = schedulers[name](one, steps)
      expect(sigmas.at(-1)).toBe(0)
      expect(sigmas.every(Number.isFinite)).toBe(true)
      expect(sigmas.every((sigma, i) => i === 0 || sigma < sigmas[i - 1]!)).toBe(true)
      if (name !== 'ddim_uniform') expect(sigmas[0]! / one.sigmaMax).toBeCloseTo(1, 5)
    }
  })

  it('by formula alone: polyexponential and variance preserving', () => {
    const poly = polyexponentialSigmas(8, model.sigmaMin, model.sigmaMax, 2)
    expect(worstDifference(poly, golden.others.polyexponential)).toBeLessThan(1e-5)
    expect(worstDifference(variancePreservingSigmas(8), golden.others.vp)).toBeLessThan(1e-4)
  })
})

describe('the beta distribution', () => {
  it.each(golden.quantiles)('at %f with shapes %f, %f has SciPy’s quantile %f', (p, a, b, expected) => {
    expect(Math.abs(betaQuantile(p, a, b) - expected)).toBeLessThan(1e-12 * Math.max(expected, 1e-3))
  })

  it('has quantiles that its distribution function takes back', () => {
    for (const p of [0.001, 0.2, 0.5, 0.77, 0.999]) {
      expect(regularizedBeta(betaQuantile(p, 0.6, 0.6), 0.6, 0.6)).toBeCloseTo(p, 12)
    }
    expect(regularizedBeta(-1, 2, 2)).toBe(0)
    expect(regularizedBeta(2, 2, 2)).toBe(1)
    expect([betaQuantile(0, 2, 2), betaQuantile(1, 2, 2)]).toEqual([0, 1])
  })

  it('has none outside 0 to 1, nor for shapes that are not positive', () => {
    expect(() => betaQuantile(1.1, 1, 1)).toThrow(RangeError)
    expect(() => betaQuantile(Number.NaN, 1, 1)).toThrow(RangeError)
    expect(() => betaQuantile(0.5, 0, 1)).toThrow(RangeError)
  })
})

describe('the levels of a run', () => {
  const full = schedulers.karras(model, 20)

  it('are the whole schedule at full denoise', () => {
    expect(runSigmas(model, 'karras', 20)).toEqual(full)
    expect(runSigmas(model, 'karras', 20, { denoise: 0.99995 })).toEqual(full)
  })

  it('are the last steps of a longer schedule at partial denoise', () => {
    expect(runSigmas(model, 'karras', 10, { denoise: 0.5 })).toEqual(full.slice(-11))
    expect(runSigmas(model, 'karras', 10, { denoise: 0.7 })).toEqual(schedulers.karras(model, 14).slice(-11))
  })

  it('are none when nothing is to be denoised', () => {
    expect(runSigmas(model, 'karras', 10, { denoise: 0 })).toHaveLength(0)
    expect(runSigmas(model, 'karras', 10, { denoise: Number.NaN })).toHaveLength(0)
  })

  it('leave the last one before 0 out for samplers that want it so', () => {
    const longer = schedulers.karras(model, 21)
    const dropped = runSigmas(model, 'karras', 20, { dropsPenultimate: true })
    expect([...dropped]).toEqual([...longer.slice(0, 20), 0])
  })

  it('stay few for a denoise near 0', () => {
    for (const name of schedulerNames) {
      expect(runSigmas(model, name, 3, { denoise: 1e-12 }).length).toBeLessThanOrEqual(4)
    }
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 10001])('refuse %f steps', (steps) => {
    expect(() => runSigmas(model, 'karras', steps)).toThrow(RangeError)
  })

  it('can be cut to a range of steps, with or without noise left at its end', () => {
    expect(sigmaRange(full, { startAt: 5, endAt: 10 })).toEqual(full.slice(5, 11))
    expect([...sigmaRange(full, { startAt: 5, endAt: 10, toZero: true })]).toEqual([...full.slice(5, 10), 0])
    expect(sigmaRange(full, { endAt: 10000, toZero: true })).toEqual(full)
    expect(sigmaRange(full, { startAt: 20 })).toHaveLength(0)
    expect(sigmaRange(full, { startAt: 12, endAt: 10 })).toHaveLength(0)
    expect(sigmaRange(new Float32Array(0), { startAt: 0 })).toHaveLength(0)
    expect(full[10]).toBe(schedulers.karras(model, 20)[10])
  })
})
