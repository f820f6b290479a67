import { describe, expect, it } from 'vitest'
import { brownianNoise, independentNoise } from '../noise/step-noise.ts'
import { readGolden, worstDifference } from '../testdata/golden.ts'
import { createToyNetwork, toyStart } from '../testdata/toy-network.ts'
import type { SamplerRun } from '../types.ts'
import { ancestralStep } from './ancestral-step.ts'
import { dpmAdaptive } from './dpm-solver.ts'
import { erSde } from './er-sde.ts'
import { type SamplerName, type SamplerOptions, samplerNamed, samplerNames } from './index.ts'
import { lms } from './multistep.ts'

interface Golden {
  sigmas: number[]
  seed: string
  length: number
  cases: {
    name: SamplerName
    source: string
    options?: SamplerOptions
    calls: number
    sigmas?: number[]
    values: number[]
  }[]
}

// How the values were made: scripts/reference/sampling.py (k-diffusion, diffusers, the papers in double precision).
const golden = readGolden<Golden>('samplers')

/** Where the last bits do not agree, and why. */
const wider: Partial<Record<SamplerName, number>> = {
  // Takes its step sizes from the difference of two nearly equal latents in single precision.
  dpm_adaptive: 5e-4,
  // Integrates numerically, as published; the expected values are from exact integrals.
  deis: 1e-5,
}

function prepareRun(name: SamplerName, levels: readonly number[]) {
  const sigmas = Float32Array.from(levels)
  const network = createToyNetwork()
  const noise =
    samplerNamed(name).noise === 'brownian'
      ? brownianNoise(BigInt(golden.seed), golden.length, sigmas)
      : independentNoise(BigInt(golden.seed), golden.length)
  const run: SamplerRun = { x: toyStart(golden.length, sigmas[0]!), sigmas, noise, ...network }
  return { run, network }
}

describe('samplers', () => {
  it('have ComfyUI’s names in ComfyUI’s order', () => {
    expect(samplerNames).toEqual([
      'euler',
      'euler_cfg_pp',
      'euler_ancestral',
      'euler_ancestral_cfg_pp',
      'heun',
      'heunpp2',
      'dpm_2',
      'dpm_2_ancestral',
      'lms',
      'dpm_fast',
      'dpm_adaptive',
      'dpmpp_2s_ancestral',
      'dpmpp_sde',
      'dpmpp_sde_gpu',
      'dpmpp_2m',
      'dpmpp_2m_cfg_pp',
      'dpmpp_2m_sde',
      'dpmpp_2m_sde_gpu',
      'dpmpp_2m_sde_heun',
      'dpmpp_2m_sde_heun_gpu',
      'dpmpp_3m_sde',
      'dpmpp_3m_sde_gpu',
      'ddpm',
      'lcm',
      'ipndm',
      'ipndm_v',
      'deis',
      'res_multistep',
      'res_multistep_cfg_pp',
      'res_multistep_ancestral',
      'res_multistep_ancestral_cfg_pp',
      'gradient_estimation',
      'er_sde',
      'ddim',
      'uni_pc',
      'uni_pc_bh2',
    ])
  })

  it.each(golden.cases)('$name gives what $source gives, options $options', async (one) => {
    const { run, network } = prepareRun(one.name, one.sigmas ?? golden.sigmas)
    const result = await samplerNamed(one.name).run(run, one.options)
    const tolerance = wider[one.name] ?? 1e-6
    expect(worstDifference(result, one.values)).toBeLessThan(tolerance)
    expect(network.calls).toBe(one.calls)
  })

  it('are all checked, but for names of the same function', () => {
    const checked = new Set(golden.cases.map((one) => samplerNamed(one.name).run))
    for (const name of samplerNames) expect(checked).toContain(samplerNamed(name).run)
  })
})

describe.each(samplerNames)('%s', (name) => {
  it('leaves its input alone, tells of each step once and in order', async () => {
    const { run, network } = prepareRun(name, golden.sigmas)
    const before = run.x.slice()
    const levels = run.sigmas.slice()
    await samplerNamed(name).run(run)
    expect(run.x).toEqual(before)
    expect(run.sigmas).toEqual(levels)
    if (name === 'dpm_adaptive') expect(network.steps.length).toBeGreaterThan(3)
    else if (name === 'dpm_fast') expect(network.steps).toEqual([0, 1, 2, 3])
    else expect(network.steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('stops within a step when onStep throws', async () => {
    const { run, network } = prepareRun(name, golden.sigmas)
    const cancel = new Error('cancelled')
    let callsAtCancel = 0
    run.onStep = async ({ index }) => {
      if (index < 2) return
      callsAtCancel = network.calls
      throw cancel
    }
    await expect(samplerNamed(name).run(run)).rejects.toBe(cancel)
    expect(network.calls).toBe(callsAtCancel)
  })

  it('makes a single step, from any level to 0', async () => {
    const { run } = prepareRun(name, [3, 0])
    const result = await samplerNamed(name).run(run)
    expect(result).toHaveLength(golden.length)
    expect(result.every(Number.isFinite)).toBe(true)
  })

  it('ends at a level above 0 when the schedule does', async () => {
    const { run } = prepareRun(name, [14.6, 8, 5, 3])
    const result = await samplerNamed(name).run(run)
    expect(result.every(Number.isFinite)).toBe(true)
  })

  it('gives the latent back when there is nothing to do', async () => {
    const { run, network } = prepareRun(name, [3])
    expect(await samplerNamed(name).run(run)).toEqual(run.x)
    expect(network.calls).toBe(0)
  })
})

describe('the ancestral step', () => {
  it('keeps the level: down² + up² = to²', () => {
    const { down, up } = ancestralStep(5, 3, 0.8)
    expect(down * down + up * up).toBeCloseTo(9, 12)
    expect(ancestralStep(5, 3, 0)).toEqual({ down: 3, up: 0 })
    expect(ancestralStep(5, 0, 1)).toEqual({ down: 0, up: 0 })
  })
})

describe('options that make no sense', () => {
  it('are refused', async () => {
    const { run } = prepareRun('euler', golden.sigmas)
    await expect(lms(run, { order: 0 })).rejects.toThrow(RangeError)
    await expect(dpmAdaptive(run, { order: 4 })).rejects.toThrow(RangeError)
    await expect(erSde(run, { max_stage: 5 })).rejects.toThrow(RangeError)
  })
})

describe('a network that gives no numbers', () => {
  it('does not keep the adaptive sampler for ever', async () => {
    const { run } = prepareRun('dpm_adaptive', golden.sigmas)
    run.denoise = async (x) => x.map(() => Number.NaN)
    await expect(dpmAdaptive(run)).rejects.toThrow(/not numbers/)
  })
})
