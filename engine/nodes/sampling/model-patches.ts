/**
 * @file The nodes that change how a model is sampled: another noise schedule, another way of guiding, other weights
 * between the parts of its network.
 */
import type { FreeUVersion } from '../../models/diffusion/unet/free-u.ts'
import { rescaledGuidance } from '../../sampling/guidance/cfg.ts'
import { differentialMask } from '../../sampling/guidance/inpaint.ts'
import { playgroundLatents } from '../../sampling/latents/formats.ts'
import { continuousSampling } from '../../sampling/model-sampling/continuous.ts'
import { discreteSampling, distilledSampling } from '../../sampling/model-sampling/discrete.ts'
import type { ModelSampling } from '../../sampling/model-sampling/model-sampling.ts'
import type { PredictionType } from '../../sampling/model-sampling/prediction.ts'
import { trainingSigmas, zeroTerminalSnr } from '../../sampling/model-sampling/schedule.ts'
import { defineNode, input, NodeError } from '../define.ts'
import { link } from '../diffusion-links.ts'

const outputs = [{ type: 'MODEL' }] as const

function freeU(version: FreeUVersion, classType: string, defaults: { b1: number; b2: number }) {
  const strength = (value: number) => input.float({ default: value, min: 0, max: 10, step: 0.01, advanced: true })
  return defineNode({
    classType,
    category: 'model_patches/unet',
    description:
      "Gives more weight to the depth of a model's network (b) and less to the coarse part of what goes around it (s).",
    inputs: {
      model: link.model(),
      b1: strength(defaults.b1),
      b2: strength(defaults.b2),
      s1: strength(0.9),
      s2: strength(0.2),
    },
    outputs,
    execute({ model, b1, b2, s1, s2 }) {
      const strengths = { quadruple: { backbone: b1, skip: s1 }, double: { backbone: b2, skip: s2 } }
      return [{ ...model, unet: model.unet.withFreeU({ version, ...strengths }) }]
    },
  })
}

export const modelPatchNodes = [
  defineNode({
    classType: 'ModelSamplingDiscrete',
    category: 'advanced/model',
    description: 'Says what a model was trained to predict, where its file does not.',
    inputs: {
      model: link.model(),
      sampling: input.combo(['eps', 'v_prediction', 'lcm', 'x0']),
      zsnr: input.boolean({
        default: false,
        advanced: true,
        tooltip: 'Trained with a schedule that ends in pure noise',
      }),
    },
    outputs,
    execute({ model, sampling, zsnr }) {
      const sigmas = zsnr ? zeroTerminalSnr(trainingSigmas()) : trainingSigmas()
      const create = sampling === 'lcm' ? distilledSampling : discreteSampling
      return [{ ...model, sampling: create(sampling as PredictionType, { sigmas }) }]
    },
  }),
  defineNode({
    classType: 'ModelSamplingContinuousEDM',
    category: 'advanced/model',
    inputs: {
      model: link.model(),
      sampling: input.combo(['v_prediction', 'edm', 'edm_playground_v2.5', 'eps']),
      sigma_max: input.float({ default: 120, min: 0, max: 1000, step: 0.001, round: false, advanced: true }),
      sigma_min: input.float({ default: 0.002, min: 0, max: 1000, step: 0.001, round: false, advanced: true }),
    },
    outputs,
    execute({ model, sampling, sigma_max, sigma_min }) {
      if (sigma_min === 0 || sigma_max <= sigma_min) {
        throw new NodeError(`sigma_min must be above 0 and below sigma_max; they are ${sigma_min} and ${sigma_max}`)
      }
      const isEdm = sampling.startsWith('edm')
      const prediction = (isEdm ? 'edm' : sampling) as PredictionType
      const options = { sigmaMin: sigma_min, sigmaMax: sigma_max, sigmaData: isEdm ? 0.5 : 1 }
      const patched = { ...model, sampling: continuousSampling(prediction, options) }
      return [sampling === 'edm_playground_v2.5' ? { ...patched, latentFormat: playgroundLatents } : patched]
    },
  }),
  defineNode({
    classType: 'RescaleCFG',
    category: 'advanced/model',
    description: 'Brings back the contrast that a high CFG burns.',
    inputs: {
      model: link.model(),
      multiplier: input.float({ default: 0.7, min: 0, max: 1, step: 0.01, advanced: true }),
    },
    outputs,
    execute: ({ model, multiplier }) => [
      {
        ...model,
        guidance: ({ x, positive, negative, sigma, scale, shape }: Parameters<NonNullable<typeof model.guidance>>[0]) =>
          rescaledGuidance(x, positive, negative, sigma, scale, multiplier, shape[0]),
      },
    ],
  }),
  defineNode({
    classType: 'DifferentialDiffusion',
    displayName: 'Differential Diffusion',
    category: '_for_testing',
    description: 'A grey mask says how much each place may change.',
    inputs: {
      model: link.model(),
      strength: input.optional(
        input.float({
          default: 1,
          min: 0,
          max: 1,
          step: 0.01,
          tooltip: 'Below 1 the grey of the mask itself counts too',
        }),
      ),
    },
    outputs,
    // A strength of 0 is full strength, as in ComfyUI.
    execute: ({ model, strength }) => [
      {
        ...model,
        maskAt(sigmas: Float32Array, { timestep, sigmaMin }: ModelSampling) {
          const lowest = Math.max(sigmas.at(-1)!, sigmaMin)
          return differentialMask(timestep, timestep(sigmas[0]!), timestep(lowest), strength || 1)
        },
      },
    ],
  }),
  freeU(1, 'FreeU', { b1: 1.1, b2: 1.2 }),
  freeU(2, 'FreeU_V2', { b1: 1.3, b2: 1.4 }),
]
