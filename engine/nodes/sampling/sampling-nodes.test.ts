/** @file The sampling nodes over a stub of a network, whose answer is as strong as the text says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DiffusionModel } from '../../diffusion/diffusion-model.ts'
import type { Guider } from '../../diffusion/guider.ts'
import type { LatentValue } from '../../diffusion/latent-value.ts'
import { saying, stubModel } from '../../diffusion/testing/stub-model.ts'
import type { MaskTensor } from '../../tensor.ts'
import { callNode } from '../testing/call-node.ts'
import { createTestBench, type TestBench } from '../testing/context.ts'

let bench: TestBench
beforeAll(async () => {
  bench = await createTestBench()
})
afterAll(() => bench.remove())

const call = (classType: string, inputs: Record<string, unknown>) => callNode(classType, inputs, bench.context)
const one = async <T>(classType: string, inputs: Record<string, unknown>) => (await call(classType, inputs))[0] as T

/** Two patterns that are square to each other: texts below 10 speak along the first, others along the second. */
const alternating = (at: number) => (at % 2 === 0 ? 1 : -1)
const paired = (at: number) => (at % 4 < 2 ? 1 : -1)

/** Predicts sigma · text · pattern where there is nothing yet: at level 1 what the text says. */
function speaking(): DiffusionModel {
  return stubModel(({ x, context }) => {
    const strength = context[0]!
    return x.map((_, at) => -strength * (strength < 10 ? alternating(at) : paired(at)))
  })
}

const nothing = (): LatentValue => ({ data: new Float32Array(4 * 8 * 8), shape: [1, 4, 8, 8] })

interface Run {
  sampler_name?: string
  levels?: number[]
  latent_image?: LatentValue
}

/** The latent's first numbers after a run from nothing, at the network's scale. */
async function paint(guider: Guider, { sampler_name = 'euler', levels = [1, 0], latent_image = nothing() }: Run = {}) {
  const noise = await one('DisableNoise', {})
  const sampler = await one('KSamplerSelect', { sampler_name })
  const sigmas = Float32Array.from(levels)
  const { data } = await one<LatentValue>('SamplerCustomAdvanced', { noise, guider, sampler, sigmas, latent_image })
  return [...data.subarray(0, 3)].map((value) => Number((value * 0.18215).toFixed(4)))
}

const along = (strength: number) => [strength, -strength, strength]

describe('DifferentialDiffusion', () => {
  const mask = Float32Array.of(0.1, 0.5, 0.511, 1)
  const patched = (changes = {}) => one<DiffusionModel>('DifferentialDiffusion', { model: speaking(), ...changes })

  async function maskAt(timestep: number, { strength = 1, last = 0 } = {}) {
    const { sampling, maskAt } = await patched({ strength })
    const sigmas = Float32Array.from([sampling.sigmaMax, last])
    return [...maskAt!(sigmas, sampling)(sampling.sigma(timestep), mask)].map((value) => Number(value.toFixed(4)))
  }

  it('lets a place change from the timestep on that its grey says, counted to the model’s lowest level', async () => {
    expect(await maskAt(999)).toEqual([0, 0, 0, 1])
    expect(await maskAt(505)).toEqual([0, 0, 1, 1])
    expect(await maskAt(100)).toEqual([0, 1, 1, 1])
    expect(await maskAt(99)).toEqual([1, 1, 1, 1])
  })

  it('counts to the run’s last level where the run ends above it', async () => {
    const { sampling } = speaking()
    expect(await maskAt(198, { last: sampling.sigma(99) })).toEqual([0, 1, 1, 1])
    expect(await maskAt(189, { last: sampling.sigma(99) })).toEqual([1, 1, 1, 1])
  })

  it('mixes the grey in below full strength; without any it is at full strength', async () => {
    expect(await maskAt(505, { strength: 0.5 })).toEqual([0.05, 0.25, 0.7555, 1])
    expect(await maskAt(505, { strength: 0 })).toEqual([0, 0, 1, 1])
  })

  it('goes by the timesteps of the model that runs, also when those are changed behind it', async () => {
    const { sampling } = speaking()
    const levels = [sampling.sigmaMax, sampling.sigma(512), 0]
    const noiseMask: MaskTensor = { data: new Float32Array(64).fill(0.511), shape: [1, 8, 8] }
    const latent_image: LatentValue = { ...nothing(), noiseMask }
    const conditioning = saying(1)
    const plain = await one<Guider>('BasicGuider', { model: await patched(), conditioning })
    expect(await paint(plain, { levels, latent_image })).toEqual([0, 0, 0])
    // Of 50 steps the nearest is 519: (519 - 19) of 980 are less than 0.511, where 512 of 999 are more.
    const model = await one('ModelSamplingDiscrete', { model: await patched(), sampling: 'lcm' })
    const distilled = await one<Guider>('BasicGuider', { model, conditioning })
    expect(await paint(distilled, { levels, latent_image })).not.toEqual([0, 0, 0])
  })
})

describe('BasicScheduler', () => {
  it.each(['ddim_uniform', 'simple', 'beta'])('never gives more levels than steps ask for: %s', async (scheduler) => {
    for (const steps of [3, 7, 15, 20]) {
      const sigmas = await one<Float32Array>('BasicScheduler', { model: speaking(), scheduler, steps })
      expect(sigmas).toHaveLength(steps + 1)
      expect(sigmas.at(-1)).toBe(0)
    }
  })

  it('has a part of the schedule for a part of the noise, and none for none', async () => {
    const inputs = { model: speaking(), scheduler: 'karras' }
    const whole = await one<Float32Array>('BasicScheduler', { ...inputs, steps: 20 })
    expect(await one('BasicScheduler', { ...inputs, steps: 10, denoise: 0.5 })).toEqual(whole.slice(-11))
    expect(await one('BasicScheduler', { ...inputs, denoise: 0 })).toHaveLength(0)
  })
})
