/** @file The samplers as values: by name, and some with options of their own. */
import type { SamplerChoice } from '../../diffusion/sample-latent.ts'
import { type SamplerName, samplerNames } from '../../sampling/samplers/index.ts'
import { defineNode, input } from '../define.ts'

const category = 'sampling/custom_sampling/samplers'
const outputs = [{ type: 'SAMPLER' }] as const

const amount = (value = 1) =>
  input.float({ default: value, min: 0, max: 100, step: 0.01, round: false, advanced: true })
const signed = (value: number) =>
  input.float({ default: value, min: -100, max: 100, step: 0.01, round: false, advanced: true })
const noiseDevice = () => input.combo(['gpu', 'cpu'], { advanced: true, tooltip: 'Noise is always drawn on the CPU' })

const choose = (name: SamplerName, options: NonNullable<SamplerChoice['options']>): [SamplerChoice] => [
  { name, options },
]

export const samplerNodes = [
  defineNode({
    classType: 'KSamplerSelect',
    category,
    inputs: { sampler_name: input.combo(samplerNames) },
    outputs,
    execute: ({ sampler_name }) => choose(sampler_name as SamplerName, {}),
  }),
  defineNode({
    classType: 'SamplerEulerAncestral',
    category,
    inputs: { eta: amount(), s_noise: amount() },
    outputs,
    execute: ({ eta, s_noise }) => choose('euler_ancestral', { eta, s_noise }),
  }),
  defineNode({
    classType: 'SamplerEulerAncestralCFGPP',
    displayName: 'SamplerEulerAncestralCFG++',
    category,
    inputs: {
      eta: input.float({ default: 1, min: 0, max: 1, step: 0.01, round: false }),
      s_noise: input.float({ default: 1, min: 0, max: 10, step: 0.01, round: false }),
    },
    outputs,
    execute: ({ eta, s_noise }) => choose('euler_ancestral_cfg_pp', { eta, s_noise }),
  }),
  defineNode({
    classType: 'SamplerLMS',
    category,
    inputs: { order: input.int({ default: 4, min: 1, max: 100, advanced: true }) },
    outputs,
    execute: ({ order }) => choose('lms', { order }),
  }),
  defineNode({
    classType: 'SamplerDPMPP_2S_Ancestral',
    category,
    inputs: { eta: amount(), s_noise: amount() },
    outputs,
    execute: ({ eta, s_noise }) => choose('dpmpp_2s_ancestral', { eta, s_noise }),
  }),
  defineNode({
    classType: 'SamplerDPMPP_SDE',
    category,
    inputs: { eta: amount(), s_noise: amount(), r: amount(0.5), noise_device: noiseDevice() },
    outputs,
    execute: ({ eta, s_noise, r }) => choose('dpmpp_sde', { eta, s_noise, r }),
  }),
  defineNode({
    classType: 'SamplerDPMPP_2M_SDE',
    category,
    inputs: {
      solver_type: input.combo(['midpoint', 'heun'], { advanced: true }),
      eta: amount(),
      s_noise: amount(),
      noise_device: noiseDevice(),
    },
    outputs,
    execute: ({ solver_type, eta, s_noise }) =>
      choose('dpmpp_2m_sde', { solver_type: solver_type as 'midpoint' | 'heun', eta, s_noise }),
  }),
  defineNode({
    classType: 'SamplerDPMPP_3M_SDE',
    category,
    inputs: { eta: amount(), s_noise: amount(), noise_device: noiseDevice() },
    outputs,
    execute: ({ eta, s_noise }) => choose('dpmpp_3m_sde', { eta, s_noise }),
  }),
  defineNode({
    classType: 'SamplerDPMAdaptative',
    category,
    inputs: {
      order: input.int({ default: 3, min: 2, max: 3, advanced: true }),
      rtol: amount(0.05),
      atol: amount(0.0078),
      h_init: amount(0.05),
      pcoeff: amount(0),
      icoeff: amount(1),
      dcoeff: amount(0),
      accept_safety: amount(0.81),
      eta: amount(0),
      s_noise: amount(),
    },
    outputs,
    execute: (options) => choose('dpm_adaptive', options),
  }),
  defineNode({
    classType: 'SamplerER_SDE',
    category,
    inputs: {
      solver_type: input.combo(['ER-SDE', 'Reverse-time SDE', 'ODE']),
      max_stage: input.int({ default: 3, min: 1, max: 3, advanced: true }),
      eta: signed(1),
      s_noise: amount(),
    },
    outputs,
    execute: ({ solver_type, max_stage, eta, s_noise }) => {
      if (solver_type === 'ER-SDE') return choose('er_sde', { max_stage, s_noise })
      const noiseless = solver_type === 'ODE' || eta === 0
      const power = noiseless ? 1 : eta + 1
      return choose('er_sde', { max_stage, s_noise: noiseless ? 0 : s_noise, noise_scaler: (sigma) => sigma ** power })
    },
  }),
]
