/** @file The sampling nodes over a stub of a network, whose answer is as strong as the text says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DiffusionModel } from '../../diffusion/diffusion-model.ts'
import type { Guider } from '../../diffusion/guider.ts'
import type { LatentValue } from '../../diffusion/latent-value.ts'
import { noiseFor, type SamplerChoice } from '../../diffusion/sample-latent.ts'
import { saying, stubModel } from '../../diffusion/testing/stub-model.ts'
import type { FreeU } from '../../models/diffusion/unet/free-u.ts'
import type { UNet } from '../../models/diffusion/unet/unet.ts'
import { worstDifference } from '../../sampling/testdata/golden.ts'
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

describe('noise levels by formula', () => {
  const ends = { steps: 3, sigma_max: 10, sigma_min: 0.1 }

  it.each<[classType: string, inputs: Record<string, unknown>, levels: number[]]>([
    // Worked out in double precision from each formula; the middle of three is (10^(1/7) + 0.1^(1/7))^7 / 2^7.
    ['KarrasScheduler', ends, [10, 1.450732, 0.1, 0]],
    ['KarrasScheduler', { ...ends, rho: 1 }, [10, 5.05, 0.1, 0]],
    ['ExponentialScheduler', ends, [10, 1, 0.1, 0]],
    ['PolyexponentialScheduler', ends, [10, 1, 0.1, 0]],
    ['PolyexponentialScheduler', { ...ends, rho: 2 }, [10, 0.316228, 0.1, 0]],
    ['VPScheduler', { steps: 2, beta_d: 2, beta_min: 1, eps_s: 0.5 }, [2.527658, 1.056882, 0]],
  ])('%s %j', async (classType, inputs, levels) => {
    const sigmas = await one<Float32Array>(classType, inputs)
    expect([...sigmas].map((sigma) => Number(sigma.toFixed(6)))).toEqual(levels)
  })

  it.each([
    ['KarrasScheduler', 14.614642, 0.0291675],
    ['ExponentialScheduler', 14.614642, 0.0291675],
    ['PolyexponentialScheduler', 14.614642, 0.0291675],
    // The schedule of the process at times 1 and 0.001.
    ['VPScheduler', Math.sqrt(Math.expm1(19.9 / 2 + 0.1)), Math.sqrt(Math.expm1(19.9e-6 / 2 + 1e-4))],
  ])('%s takes 20 steps between the levels of SD unless told otherwise', async (classType, first, last) => {
    const sigmas = await one<Float32Array>(classType, {})
    expect(sigmas).toHaveLength(21)
    expect([sigmas[0]! / first, sigmas[19]! / last]).toEqual([expect.closeTo(1, 6), expect.closeTo(1, 6)])
  })

  it('SDTurboScheduler takes the levels of every hundredth timestep, from where the share of noise begins', async () => {
    const model = speaking()
    const at = (...timesteps: number[]) => Float32Array.from([...timesteps.map(model.sampling.sigma), 0])
    expect(await one('SDTurboScheduler', { model })).toEqual(at(999))
    expect(await one('SDTurboScheduler', { model, steps: 3, denoise: 0.5 })).toEqual(at(499, 399, 299))
    expect(await one('SDTurboScheduler', { model, steps: 10, denoise: 0.2 })).toEqual(at(199, 99))
  })
})

describe('noise levels, changed', () => {
  const sigmas = Float32Array.of(3, 2, 1, 0)

  it('SplitSigmas cuts at a step, whose level both parts have', async () => {
    expect(await call('SplitSigmas', { sigmas, step: 1 })).toEqual([Float32Array.of(3, 2), Float32Array.of(2, 1, 0)])
    expect(await call('SplitSigmas', { sigmas })).toEqual([Float32Array.of(3), sigmas])
  })

  it('FlipSigmas turns them around and starts above 0', async () => {
    expect(await one('FlipSigmas', { sigmas })).toEqual(Float32Array.of(0.0001, 1, 2, 3))
  })

  it('SetFirstSigma changes the first, by default to 136', async () => {
    expect(await one('SetFirstSigma', { sigmas })).toEqual(Float32Array.of(136, 2, 1, 0))
    expect(await one('SetFirstSigma', { sigmas, sigma: 2.5 })).toEqual(Float32Array.of(2.5, 2, 1, 0))
    expect(await one('SetFirstSigma', { sigmas: new Float32Array(0) })).toHaveLength(0)
    expect(sigmas[0]).toBe(3)
  })
})

describe('the samplers as values', () => {
  const noisy = { eta: 1, s_noise: 1 }

  it.each<[classType: string, inputs: Record<string, unknown>, name: string, options: Record<string, unknown>]>([
    ['KSamplerSelect', { sampler_name: 'heun' }, 'heun', {}],
    ['SamplerEulerAncestral', {}, 'euler_ancestral', noisy],
    ['SamplerEulerAncestralCFGPP', {}, 'euler_ancestral_cfg_pp', noisy],
    ['SamplerLMS', {}, 'lms', { order: 4 }],
    ['SamplerDPMPP_2S_Ancestral', { eta: 0.5 }, 'dpmpp_2s_ancestral', { ...noisy, eta: 0.5 }],
    ['SamplerDPMPP_SDE', {}, 'dpmpp_sde', { ...noisy, r: 0.5 }],
    ['SamplerDPMPP_2M_SDE', {}, 'dpmpp_2m_sde', { ...noisy, solver_type: 'midpoint' }],
    ['SamplerDPMPP_2M_SDE', { solver_type: 'heun' }, 'dpmpp_2m_sde', { ...noisy, solver_type: 'heun' }],
    ['SamplerDPMPP_3M_SDE', { s_noise: 0.9 }, 'dpmpp_3m_sde', { ...noisy, s_noise: 0.9 }],
    [
      'SamplerDPMAdaptative',
      {},
      'dpm_adaptive',
      {
        ...{ order: 3, rtol: 0.05, atol: 0.0078, h_init: 0.05, pcoeff: 0, icoeff: 1, dcoeff: 0 },
        ...{ accept_safety: 0.81, eta: 0, s_noise: 1 },
      },
    ],
    ['SamplerER_SDE', {}, 'er_sde', { max_stage: 3, s_noise: 1 }],
  ])('%s %j', async (classType, inputs, name, options) => {
    expect(await one(classType, inputs)).toEqual({ name, options })
  })

  it.each([
    [{ solver_type: 'Reverse-time SDE' }, 1, 4],
    [{ solver_type: 'Reverse-time SDE', eta: 2 }, 1, 8],
    [{ solver_type: 'Reverse-time SDE', eta: 0 }, 0, 2],
    [{ solver_type: 'ODE' }, 0, 2],
  ])('SamplerER_SDE %j scales its noise by a power of the level', async (inputs, noise, atTwo) => {
    const { options } = await one<SamplerChoice>('SamplerER_SDE', inputs)
    expect([options!.s_noise, options!.noise_scaler!(2)]).toEqual([noise, atTwo])
  })
})

describe('the noises', () => {
  it('RandomNoise is what a seed stands for, DisableNoise none', async () => {
    expect(await one('RandomNoise', { noise_seed: 5 })).toEqual({ seed: 5, adds: true })
    expect(await one('DisableNoise', {})).toMatchObject({ adds: false })
  })
})

describe('what a model is taken for', () => {
  const sampled = async (classType: string, inputs: Record<string, unknown>) =>
    (await one<DiffusionModel>(classType, { model: speaking(), ...inputs })).sampling

  it('ModelSamplingDiscrete: predicting noise, by SD’s thousand levels, unless told otherwise', async () => {
    const sampling = await sampled('ModelSamplingDiscrete', {})
    expect(sampling).toMatchObject({ prediction: 'eps', sigmas: speaking().sampling.sigmas })
    expect((await sampled('ModelSamplingDiscrete', { sampling: 'x0' })).prediction).toBe('x0')
  })

  it('ModelSamplingDiscrete: with pure noise at the end', async () => {
    const { prediction, sigmaMax } = await sampled('ModelSamplingDiscrete', { sampling: 'v_prediction', zsnr: true })
    expect(prediction).toBe('v_prediction')
    expect(sigmaMax).toBeCloseTo(4518.76, 1)
  })

  it('ModelSamplingDiscrete: distilled to 50 levels', async () => {
    const { prediction, sigmas, timestep, sigmaMin } = await sampled('ModelSamplingDiscrete', { sampling: 'lcm' })
    expect([prediction, sigmas.length, timestep(sigmaMin)]).toEqual(['lcm', 50, 19])
  })

  it('ModelSamplingContinuousEDM: any level between two', async () => {
    const plain = await sampled('ModelSamplingContinuousEDM', {})
    expect(plain).toMatchObject({ prediction: 'v_prediction', sigmaData: 1 })
    expect([plain.sigmaMin, plain.sigmaMax]).toEqual([expect.closeTo(0.002, 6), expect.closeTo(120, 3)])
    expect(await sampled('ModelSamplingContinuousEDM', { sampling: 'edm_playground_v2.5' })).toMatchObject({
      prediction: 'edm',
      sigmaData: 0.5,
    })
  })

  it.each([
    ['FreeU', 1, 1.1, 1.2],
    ['FreeU_V2', 2, 1.3, 1.4],
  ])('%s weighs the network’s two deepest widths', async (classType, version, b1, b2) => {
    const applied: FreeU[] = []
    const { unet, ...model } = speaking()
    const noting: UNet = {
      ...unet,
      withFreeU(freeU) {
        applied.push(freeU)
        return unet
      },
    }
    await call(classType, { model: { ...model, unet: noting } })
    await call(classType, { model: { ...model, unet: noting }, b1: 2, b2: 3, s1: 4, s2: 5 })
    expect(applied).toEqual([
      { version, quadruple: { backbone: b1, skip: 0.9 }, double: { backbone: b2, skip: 0.2 } },
      { version, quadruple: { backbone: 2, skip: 4 }, double: { backbone: 3, skip: 5 } },
    ])
  })
})

describe('AlignYourStepsScheduler', () => {
  // The paper's table 3, which rounds; the last level is 0 in place of the lowest.
  it.each([
    ['SD1', [14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0]],
    ['SDXL', [14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.38, 0.234, 0.113, 0]],
    ['SVD', [700, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0]],
  ])('has the published ten steps of %s', async (model_type, levels) => {
    const sigmas = await one<Float32Array>('AlignYourStepsScheduler', { model_type })
    expect([...sigmas]).toEqual(levels.map((level) => expect.closeTo(level, 2)))
  })

  it('stretches them to other steps along the logarithm', async () => {
    const ten = await one<Float32Array>('AlignYourStepsScheduler', {})
    const twenty = await one<Float32Array>('AlignYourStepsScheduler', { steps: 20 })
    expect(twenty).toHaveLength(21)
    expect(twenty[2]).toBe(ten[1])
    expect(twenty[1]).toBeCloseTo(Math.sqrt(ten[0]! * ten[1]!), 5)
    expect(await one('AlignYourStepsScheduler', { steps: 1 })).toEqual(Float32Array.of(ten[0]!, 0))
  })

  it('takes the last of them for a part of the noise, and none for none', async () => {
    const ten = await one<Float32Array>('AlignYourStepsScheduler', {})
    expect(await one('AlignYourStepsScheduler', { denoise: 0.25 })).toEqual(ten.slice(-3))
    expect(await one('AlignYourStepsScheduler', { denoise: 0 })).toHaveLength(0)
  })
})

describe('LaplaceScheduler', () => {
  it('spreads the quantiles of a Laplace distribution between the levels, without a final 0', async () => {
    const sigmas = await one<Float32Array>('LaplaceScheduler', { steps: 5 })
    // The quartiles of the distribution lie ln 2 times its spread beside its middle.
    const expected = [14.614642, Math.exp(Math.log(2) / 2), 1, Math.exp(-Math.log(2) / 2), 0.0291675]
    expect([...sigmas]).toEqual(expected.map((sigma) => expect.closeTo(sigma, 4)))
  })

  it('around the middle and as wide as told', async () => {
    const sigmas = await one<Float32Array>('LaplaceScheduler', { steps: 5, mu: 1, beta: 0.25 })
    expect(sigmas[2]).toBeCloseTo(Math.E, 5)
    expect(sigmas[1]! / sigmas[2]!).toBeCloseTo(2 ** 0.25, 4)
    expect(await one('LaplaceScheduler', {})).toHaveLength(20)
    expect(await one('LaplaceScheduler', { steps: 1 })).toEqual(Float32Array.of(14.614642))
  })
})

describe('noise levels, filled up and written down', () => {
  it('ExtendIntermediateSigmas makes two steps of each from 12 up, unless told otherwise', async () => {
    const sigmas = Float32Array.of(20, 12, 4, 0)
    expect(await one('ExtendIntermediateSigmas', { sigmas })).toEqual(Float32Array.of(20, 16, 12, 8, 4, 0))
    const range = { sigmas, start_at_sigma: 12, end_at_sigma: 1, steps: 4 }
    expect(await one('ExtendIntermediateSigmas', range)).toEqual(Float32Array.of(20, 12, 10, 8, 6, 4, 3, 2, 1, 0))
    expect(await one('ExtendIntermediateSigmas', { sigmas, steps: 1 })).toEqual(sigmas)
  })

  it.each([
    ['linear', [5, 0]],
    ['cosine', [10 - 10 * Math.SQRT1_2, 0]],
    ['sine', [10 * Math.SQRT1_2, 0]],
  ])('ExtendIntermediateSigmas goes the way %s', async (spacing, rest) => {
    const inputs = { sigmas: Float32Array.of(10, 0), end_at_sigma: 0, spacing }
    expect(await one('ExtendIntermediateSigmas', inputs)).toEqual(Float32Array.of(10, ...rest))
  })

  it.each([
    [undefined, [1, 0.5]],
    ['14.6 | 7.,.5;\n1e-1 and 0', [14.6, 7, 0.5, 0.1, 0]],
    ['', []],
  ])('ManualSigmas reads the numbers of %j', async (sigmas, levels) => {
    const written = sigmas === undefined ? {} : { sigmas }
    expect(await one('ManualSigmas', written)).toEqual(Float32Array.from(levels))
  })

  it('SamplingPercentToSigma gives the level at a share, and both ends as they are or beyond them', async () => {
    const model = speaking()
    const { sigmaMin, sigmaMax, sigma } = model.sampling
    const at = (sampling_percent: number, return_actual_sigma = false) =>
      one('SamplingPercentToSigma', { model, sampling_percent, return_actual_sigma })
    expect(await at(0.5)).toBe(sigma(499.5))
    expect([await at(0), await at(1)]).toEqual([999999999.9, 0])
    expect([await at(0, true), await at(0.5, true), await at(1, true)]).toEqual([sigmaMax, sigma(499.5), sigmaMin])
  })
})

describe('AddNoise', () => {
  const latent: LatentValue = { ...nothing(), data: new Float32Array(4 * 8 * 8).fill(2) }
  const noisy = async (levels: number[], latent_image = latent, noise = 'RandomNoise') => {
    const inputs = { noise: await one(noise, {}), sigmas: Float32Array.from(levels), latent_image }
    return (await one<LatentValue>('AddNoise', { model: speaking(), ...inputs })).data
  }
  /** What is added, in units of the latent that a VAE makes. */
  const unit = noiseFor(0, latent).map((value) => value / 0.18215)

  it('adds the noise of the first level, or of what lies between first and last', async () => {
    for (const [levels, amount] of [
      [[3], 3],
      [[3, 2, 1], 2],
      [[1, 3], 2],
    ] as const) {
      const expected = unit.map((value) => 2 + amount * value)
      expect(worstDifference(await noisy([...levels]), [...expected])).toBeLessThan(1e-5)
    }
  })

  it('on a latent without anything it is the noise alone; without levels or noise, nothing changes', async () => {
    expect(worstDifference(await noisy([1], nothing()), [...unit])).toBeLessThan(1e-5)
    expect(await noisy([])).toEqual(latent.data)
    expect(await noisy([3], latent, 'DisableNoise')).toEqual(latent.data)
  })
})
