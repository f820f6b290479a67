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

describe('the guiders', () => {
  const rescaled = (multiplier: number) => one<DiffusionModel>('RescaleCFG', { model: speaking(), multiplier })

  it('BasicGuider follows one text', async () => {
    expect(await paint(await one('BasicGuider', { model: speaking(), conditioning: saying(3) }))).toEqual(along(3))
  })

  it('CFGGuider goes away from the negative text, by 8 unless told otherwise', async () => {
    const texts = { model: speaking(), positive: saying(1), negative: saying(3) }
    expect(await paint(await one('CFGGuider', texts))).toEqual(along(3 + 8 * (1 - 3)))
    expect(await paint(await one('CFGGuider', { ...texts, cfg: 1 }))).toEqual(along(1))
  })

  it('RescaleCFG brings the contrast back to that of the positive text, by 0.7 unless told otherwise', async () => {
    const texts = { positive: saying(1), negative: saying(3), cfg: 5 }
    // Without it 3 + 5 (1 - 3) = -7, which is seven times the contrast.
    expect(await paint(await one('CFGGuider', { ...texts, model: await rescaled(0) }))).toEqual(along(-7))
    expect(await paint(await one('CFGGuider', { ...texts, model: await rescaled(0.5) }))).toEqual(along(-4))
    expect(await paint(await one('CFGGuider', { ...texts, model: await rescaled(1) }))).toEqual(along(-1))
    const model = await one<DiffusionModel>('RescaleCFG', { model: speaking() })
    expect(await paint(await one('CFGGuider', { ...texts, model }))).toEqual(along(-2.8))
  })

  describe('DualCFGGuider', () => {
    const texts = {
      ...{ cond1: saying(3), cond2: saying(2), negative: saying(4) },
      ...{ cfg_conds: 3, cfg_cond2_negative: 5 },
    }
    const dual = async (changes: Record<string, unknown>) =>
      paint(await one('DualCFGGuider', { ...texts, model: speaking(), ...changes }))

    it('adds the way between the texts to the way from the negative one', async () => {
      expect(await dual({})).toEqual(along(4 + 5 * (2 - 4) + 3 * (3 - 2)))
    })

    it('nested, goes from the negative one to what lies between the texts', async () => {
      expect(await dual({ style: 'nested' })).toEqual(along(4 + 5 * (2 + 3 * (3 - 2) - 4)))
    })

    it('has the inner of its two steps rescaled where the model is patched so', async () => {
      const model = await rescaled(1)
      expect(await dual({ model })).toEqual(along(-2 + 3 * (3 - 2)))
      expect(await dual({ model, style: 'nested' })).toEqual(along(4 + 5 * (3 - 4)))
    })
  })

  describe('PerpNegGuider', () => {
    const perpNeg = (changes: Record<string, unknown>) =>
      one<Guider>('PerpNegGuider', {
        model: speaking(),
        positive: saying(3),
        empty_conditioning: saying(1),
        ...changes,
      })

    it('leaves out what the negative text shares with the positive one', async () => {
      expect(await paint(await perpNeg({ negative: saying(2) }))).toEqual(along(1 + 8 * (3 - 1)))
    })

    it('goes away from what is square to it', async () => {
      const guider = await perpNeg({ negative: saying(10), empty_conditioning: saying(0), cfg: 2, neg_scale: 0.5 })
      expect(await paint(guider)).toEqual([2 * (3 - 5), 2 * (-3 - 5), 2 * (3 + 5)])
    })

    it('gives the negative text’s prediction to samplers that go by the unconditional one', async () => {
      const guider = await perpNeg({ negative: saying(2) })
      // From nothing at level 2 to level 1: the prediction 2 · 17, and half of what the negative one sees as noise, -2 · 2.
      expect(await paint(guider, { sampler_name: 'euler_cfg_pp', levels: [2, 1] })).toEqual(along(2 * 17 - 2))
    })
  })
})

describe('SplitSigmasDenoise', () => {
  const sigmas = Float32Array.of(5, 4, 3, 2, 1, 0)

  it.each([
    [1, [5], [5, 4, 3, 2, 1, 0]],
    [0.6, [5, 4, 3], [3, 2, 1, 0]],
    // Half of five steps: a half goes to the even number.
    [0.5, [5, 4, 3, 2], [2, 1, 0]],
    [0, [], [0]],
  ])('by %f', async (denoise, high, low) => {
    const parts = (await call('SplitSigmasDenoise', { sigmas, denoise })) as Float32Array[]
    expect(parts.map((part) => [...part])).toEqual([high, low])
  })
})
