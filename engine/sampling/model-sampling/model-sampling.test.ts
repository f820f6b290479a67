import { describe, expect, it } from 'vitest'
import { readGolden, worstDifference } from '../testdata/golden.ts'
import { continuousSampling } from './continuous.ts'
import { discreteSampling, distilledSampling } from './discrete.ts'
import { addNoise, denoisedFrom, networkInput, startsFromAllNoise } from './model-sampling.ts'
import { denoisedWeights } from './prediction.ts'
import { type BetaSchedule, trainingSigmas, zeroTerminalSnr } from './schedule.ts'

type Pair = [number, number]
interface Golden {
  places: number[]
  tables: Record<string, number[]>
  timesteps: Pair[]
  sigmas: Pair[]
  percents: Pair[]
  outputs: {
    sigma: number
    sigma_data: number
    x: number[]
    x0: number[]
    eps: number[]
    v_prediction: number[]
    edm: number[]
  }[]
  lcm_boundary: [number, number, number][]
}

// How the values were made: scripts/reference/sampling.py (diffusers, NumPy).
const golden = readGolden<Golden>('model-sampling')
const at = (table: Float32Array) => golden.places.map((place) => table[place]!)
/** Relative, so that the small levels count as much as the large ones. */
const relative = (actual: readonly number[], expected: readonly number[]) =>
  worstDifference(
    actual.map((value, i) => value / expected[i]!),
    expected.map(() => 1),
  )

describe('training schedules', () => {
  it.each([
    ['scaled_linear', 0.00085, 0.012],
    ['linear', 0.0001, 0.02],
    ['squaredcos_cap_v2', 0, 0],
  ] as [BetaSchedule, number, number][])('%s has diffusers’ noise levels', (schedule, start, end) => {
    const table = trainingSigmas({ schedule, start, end, steps: 1000 })
    expect(relative(at(table), golden.tables[schedule]!)).toBeLessThan(1e-5)
    if (schedule === 'scaled_linear') expect(table.at(-1)).toBeCloseTo(14.6146, 4)
  })

  it('stretched to no signal at the end are diffusers’ rescaled ones, with a last level of about 4519', () => {
    const table = zeroTerminalSnr(trainingSigmas())
    expect(relative(at(table), golden.tables.zero_snr!)).toBeLessThan(1e-6)
    expect(table.at(-1)).toBeCloseTo(4518.76, 1)
  })
})

describe('a model trained at numbered steps', () => {
  const model = discreteSampling('eps')

  it.each(golden.timesteps)('is told for level %f the nearest step, %i', (sigma, timestep) => {
    expect(model.timestep(sigma)).toBe(timestep)
  })

  it.each(golden.sigmas)('has at timestep %f a level interpolated by its logarithm', (timestep, sigma) => {
    expect(model.sigma(timestep) / sigma).toBeCloseTo(1, 5)
  })

  it('finds every level of its table again', () => {
    model.sigmas.forEach((sigma, timestep) => {
      expect(model.timestep(sigma)).toBe(timestep)
    })
  })

  it.each(golden.percents)('is at share %f of the sampling at its level', (percent, sigma) => {
    expect(model.percentToSigma(percent) / sigma).toBeCloseTo(1, 5)
  })

  it('counts both ends of the sampling in', () => {
    expect(model.percentToSigma(0)).toBeGreaterThan(model.sigmaMax)
    expect(model.percentToSigma(1)).toBe(0)
  })

  it('keeps timesteps outside its table at the ends', () => {
    expect(model.sigma(-5)).toBeCloseTo(model.sigmaMin, 8)
    expect(model.sigma(5000)).toBeCloseTo(model.sigmaMax, 5)
    expect(model.timestep(0)).toBe(0)
  })

  it('refuses an empty table', () => {
    expect(() => discreteSampling('eps', { sigmas: new Float32Array(0) })).toThrow(RangeError)
  })
})

describe('a model distilled to 50 steps', () => {
  const model = distilledSampling('lcm')

  it('knows steps 19, 39, ... 999 of the full table', () => {
    const all = trainingSigmas()
    expect(model.sigmas).toHaveLength(50)
    expect(model.sigmas[0]).toBe(all[19])
    expect(model.sigmaMax).toBe(all[999])
    expect(model.timestep(all[505]!)).toBe(499)
    expect(model.sigma(499)).toBeCloseTo(all[499]!, 6)
  })
})

describe('a model told the level itself', () => {
  const model = continuousSampling('edm', { sigmaData: 0.5 })

  it('gets a quarter of its logarithm, and back', () => {
    expect(model.timestep(Math.E)).toBeCloseTo(0.25, 12)
    expect(model.sigma(model.timestep(3))).toBeCloseTo(3, 6)
  })

  it('offers 1000 levels and moves along their logarithm', () => {
    expect(model.sigmas).toHaveLength(1000)
    expect(model.percentToSigma(0.5)).toBeCloseTo(Math.sqrt(0.002 * 120), 6)
  })

  it('refuses a range that is none', () => {
    expect(() => continuousSampling('edm', { sigmaMin: 0 })).toThrow(RangeError)
    expect(() => continuousSampling('edm', { sigmaMin: 2, sigmaMax: 1 })).toThrow(RangeError)
  })
})

describe('a network’s output', () => {
  it.each(golden.outputs)('at level $sigma gives the noiseless latent back when it is right', (one) => {
    for (const prediction of ['eps', 'v_prediction', 'edm'] as const) {
      const model = discreteSampling(prediction, { sigmaData: one.sigma_data })
      const x0 = denoisedFrom(model, Float32Array.from(one.x), Float32Array.from(one[prediction]), one.sigma)
      expect(worstDifference(x0, one.x0)).toBeLessThan(1e-6)
    }
    const x0 = Float32Array.from(one.x0)
    expect(denoisedFrom(discreteSampling('x0'), Float32Array.from(one.x), x0, one.sigma)).toEqual(x0)
  })

  it.each(golden.lcm_boundary)(
    'of a consistency model at timestep %i is weighted as diffusers weights it',
    (t, skip, out) => {
      const weights = denoisedWeights('lcm', 2, 0.5, t)
      expect(weights.skip).toBeCloseTo(skip + out, 6)
      expect(weights.out).toBeCloseTo(-2 * out, 6)
    },
  )
})

describe('latents in and out', () => {
  const model = discreteSampling('eps')
  const noise = Float32Array.of(1, -2)
  const latent = Float32Array.of(0.5, 0.25)

  it('come to the network at unit variance', () => {
    expect([...networkInput(model, Float32Array.of(5, 10), Math.sqrt(24))]).toEqual([1, 2])
  })

  it('get noise of the first level, or a little more when the run starts from nothing but noise', () => {
    expect([...addNoise(2, noise, latent, false)]).toEqual([2.5, -3.75])
    expect(addNoise(2, noise, latent, true)[0]).toBeCloseTo(0.5 + Math.sqrt(5), 6)
  })

  it('start from nothing but noise at the highest level', () => {
    expect(startsFromAllNoise(model, Float32Array.of(model.sigmaMax, 0))).toBe(true)
    expect(startsFromAllNoise(model, Float32Array.of(model.sigmaMax * 2, 0))).toBe(true)
    expect(startsFromAllNoise(model, Float32Array.of(model.sigmaMax * 0.99, 0))).toBe(false)
    expect(startsFromAllNoise(model, new Float32Array(0))).toBe(false)
  })
})
