/** @file Noise levels for custom sampling that are cut, split, turned, filled up, written down or looked up. */
import { roundHalfEven } from '../../images/round-half-even.ts'
import { defineNode, input } from '../define.ts'
import { link } from '../diffusion-links.ts'
import { denoiseInput } from './sampler-inputs.ts'

const tools = 'sampling/custom_sampling/sigmas'

export const splitSigmas = defineNode({
  classType: 'SplitSigmas',
  category: tools,
  inputs: { sigmas: link.sigmas(), step: input.int({ default: 0, min: 0, max: 10_000 }) },
  outputs: [
    { type: 'SIGMAS', name: 'high_sigmas' },
    { type: 'SIGMAS', name: 'low_sigmas' },
  ],
  execute: ({ sigmas, step }) => [sigmas.slice(0, step + 1), sigmas.slice(step)],
})

export const splitSigmasDenoise = defineNode({
  classType: 'SplitSigmasDenoise',
  category: tools,
  inputs: { sigmas: link.sigmas(), denoise: denoiseInput() },
  outputs: [
    { type: 'SIGMAS', name: 'high_sigmas' },
    { type: 'SIGMAS', name: 'low_sigmas' },
  ],
  execute({ sigmas, denoise }) {
    const last = Math.max(sigmas.length - 1, 0)
    const low = roundHalfEven(last * denoise)
    // Without low steps the high part is empty too, as in ComfyUI.
    return [low === 0 ? new Float32Array(0) : sigmas.slice(0, sigmas.length - low), sigmas.slice(-(low + 1))]
  },
})

/** The least level to start from when levels are turned around. */
const smallestLevel = 0.0001

export const flipSigmas = defineNode({
  classType: 'FlipSigmas',
  category: tools,
  inputs: { sigmas: link.sigmas() },
  outputs: [{ type: 'SIGMAS' }],
  execute({ sigmas }) {
    const flipped = sigmas.slice().reverse()
    if (flipped[0] === 0) flipped[0] = smallestLevel
    return [flipped]
  },
})

export const setFirstSigma = defineNode({
  classType: 'SetFirstSigma',
  category: tools,
  inputs: {
    sigmas: link.sigmas(),
    sigma: input.float({ default: 136, min: 0, max: 20_000, step: 0.001, round: false }),
  },
  outputs: [{ type: 'SIGMAS' }],
  execute({ sigmas, sigma }) {
    const changed = sigmas.slice()
    if (changed.length > 0) changed[0] = sigma
    return [changed]
  },
})

/** How far between two levels each further one lies, of the way that has been gone evenly. */
const spacings: Record<string, (share: number) => number> = {
  linear: (share) => share,
  cosine: (share) => Math.sin((share * Math.PI) / 2),
  sine: (share) => 1 - Math.cos((share * Math.PI) / 2),
}

export const extendIntermediateSigmas = defineNode({
  classType: 'ExtendIntermediateSigmas',
  category: tools,
  description: 'Makes several steps of each one in a range of levels.',
  inputs: {
    sigmas: link.sigmas(),
    steps: input.int({ default: 2, min: 1, max: 100, tooltip: 'How many steps each one becomes' }),
    start_at_sigma: input.float({
      default: -1,
      min: -1,
      max: 20_000,
      step: 0.01,
      round: false,
      tooltip: 'The highest level to begin from; below 0 there is none',
    }),
    end_at_sigma: input.float({ default: 12, min: 0, max: 20_000, step: 0.01, round: false }),
    spacing: input.combo(Object.keys(spacings)),
  },
  outputs: [{ type: 'SIGMAS' }],
  execute({ sigmas, steps, start_at_sigma, end_at_sigma, spacing }) {
    const highest = start_at_sigma < 0 ? Number.POSITIVE_INFINITY : start_at_sigma
    const extended = [...sigmas].flatMap((sigma, index) => {
      const next = sigmas[index + 1]
      if (next === undefined || sigma > highest || sigma < end_at_sigma) return [sigma]
      return Array.from({ length: steps }, (_, step) => sigma + spacings[spacing]!(step / steps) * (next - sigma))
    })
    return [Float32Array.from(extended)]
  },
})

const decimal = /[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/gi

export const manualSigmas = defineNode({
  classType: 'ManualSigmas',
  category: '_for_testing/custom_sampling',
  description: 'Noise levels as they are written down.',
  experimental: true,
  inputs: { sigmas: input.string({ default: '1, 0.5', tooltip: 'Numbers, with anything between them' }) },
  outputs: [{ type: 'SIGMAS' }],
  execute: ({ sigmas }) => [Float32Array.from(sigmas.match(decimal) ?? [], Number)],
})

export const samplingPercentToSigma = defineNode({
  classType: 'SamplingPercentToSigma',
  category: tools,
  description: 'The noise level at a share of the sampling: 0 is its beginning, 1 its end.',
  inputs: {
    model: link.model(),
    sampling_percent: input.float({ default: 0, min: 0, max: 1, step: 0.0001 }),
    return_actual_sigma: input.boolean({
      default: false,
      tooltip: 'At 0 and 1 the highest and lowest level of the model, in place of one above all and of 0',
    }),
  },
  outputs: [{ type: 'FLOAT', name: 'sigma_value' }],
  execute({ model: { sampling }, sampling_percent, return_actual_sigma }) {
    if (return_actual_sigma && sampling_percent === 0) return [sampling.sigmaMax]
    if (return_actual_sigma && sampling_percent === 1) return [sampling.sigmaMin]
    return [sampling.percentToSigma(sampling_percent)]
  },
})

export const sigmaTools = [
  splitSigmas,
  splitSigmasDenoise,
  flipSigmas,
  setFirstSigma,
  extendIntermediateSigmas,
  samplingPercentToSigma,
  manualSigmas,
]
