/**
 * @file The samplers by name, with what each needs around it. The list of public names is derived from this table, in
 * ComfyUI's order, which is the order of the table.
 */
import type { Sampler } from '../types.ts'
import type { ChurnOptions } from './churn.ts'
import { ddpm, lcm } from './ddpm.ts'
import { deis } from './deis.ts'
import { dpm2, dpm2Ancestral } from './dpm-2.ts'
import { type DpmAdaptiveOptions, dpmAdaptive, dpmFast } from './dpm-solver.ts'
import { dpmpp2m, dpmpp2mCfgPp, dpmpp2sAncestral } from './dpmpp.ts'
import { type Dpmpp2mSdeOptions, type DpmppSdeOptions, dpmpp2mSde, dpmpp3mSde, dpmppSde } from './dpmpp-sde.ts'
import { type ErSdeOptions, erSde } from './er-sde.ts'
import { type AncestralOptions, euler, eulerAncestral, eulerAncestralCfgPp, eulerCfgPp } from './euler.ts'
import { type GradientEstimationOptions, gradientEstimation } from './gradient-estimation.ts'
import { heun, heunpp2 } from './heun.ts'
import { ipndm, ipndmV, lms, type MultistepOptions } from './multistep.ts'
import { resMultistep, resMultistepAncestral, resMultistepAncestralCfgPp, resMultistepCfgPp } from './res-multistep.ts'
import { uniPc, uniPcBh2 } from './uni-pc.ts'

/** Everything nodes may set on a sampler, in ComfyUI's names; each sampler takes what it knows. */
export type SamplerOptions = ChurnOptions &
  AncestralOptions &
  MultistepOptions &
  DpmAdaptiveOptions &
  DpmppSdeOptions &
  Dpmpp2mSdeOptions &
  ErSdeOptions &
  GradientEstimationOptions & { max_order?: number }

export interface SamplerEntry {
  run: Sampler<SamplerOptions>
  /** which noise goes into its run: one stream of independent draws, or a Brownian path. Default independent. */
  noise?: 'brownian'
  /** schedules leave out the last level above 0 */
  dropsPenultimate?: true
  /** inpainting keeps the unmasked part with noise from seed + 1, not with that the image started from */
  freshInpaintNoise?: true
  /** goes by the unconditional prediction, so that guidance has to compute it even at scale 1 */
  needsUnconditional?: true
}

const brownian = 'brownian' as const

export const samplers = {
  euler: { run: euler },
  euler_cfg_pp: { run: eulerCfgPp, needsUnconditional: true },
  euler_ancestral: { run: eulerAncestral },
  euler_ancestral_cfg_pp: { run: eulerAncestralCfgPp, needsUnconditional: true },
  heun: { run: heun },
  heunpp2: { run: heunpp2 },
  dpm_2: { run: dpm2, dropsPenultimate: true },
  dpm_2_ancestral: { run: dpm2Ancestral, dropsPenultimate: true },
  lms: { run: lms },
  dpm_fast: { run: dpmFast },
  dpm_adaptive: { run: dpmAdaptive },
  dpmpp_2s_ancestral: { run: dpmpp2sAncestral },
  // ComfyUI's `_gpu` names differ in where the noise is drawn; here it is always the CPU's, so they are the same.
  dpmpp_sde: { run: dpmppSde, noise: brownian },
  dpmpp_sde_gpu: { run: dpmppSde, noise: brownian },
  dpmpp_2m: { run: dpmpp2m },
  dpmpp_2m_cfg_pp: { run: dpmpp2mCfgPp, needsUnconditional: true },
  dpmpp_2m_sde: { run: dpmpp2mSde, noise: brownian },
  dpmpp_2m_sde_gpu: { run: dpmpp2mSde, noise: brownian },
  dpmpp_2m_sde_heun: { run: dpmpp2mSdeHeun, noise: brownian },
  dpmpp_2m_sde_heun_gpu: { run: dpmpp2mSdeHeun, noise: brownian },
  dpmpp_3m_sde: { run: dpmpp3mSde, noise: brownian },
  dpmpp_3m_sde_gpu: { run: dpmpp3mSde, noise: brownian },
  ddpm: { run: ddpm },
  lcm: { run: lcm },
  ipndm: { run: ipndm },
  ipndm_v: { run: ipndmV },
  deis: { run: deis },
  res_multistep: { run: resMultistep },
  res_multistep_cfg_pp: { run: resMultistepCfgPp, needsUnconditional: true },
  res_multistep_ancestral: { run: resMultistepAncestral },
  res_multistep_ancestral_cfg_pp: { run: resMultistepAncestralCfgPp, needsUnconditional: true },
  gradient_estimation: { run: gradientEstimation },
  er_sde: { run: erSde },
  // DDIM without noise is Euler's method in sigma.
  ddim: { run: euler, freshInpaintNoise: true },
  uni_pc: { run: uniPc, dropsPenultimate: true },
  uni_pc_bh2: { run: uniPcBh2, dropsPenultimate: true },
} as const satisfies Record<string, SamplerEntry>

export type SamplerName = keyof typeof samplers
export const samplerNames = Object.keys(samplers) as SamplerName[]

/** What a name stands for. */
export function samplerNamed(name: SamplerName): SamplerEntry {
  return samplers[name]
}

function dpmpp2mSdeHeun(run: Parameters<typeof dpmpp2mSde>[0], options: Dpmpp2mSdeOptions = {}) {
  return dpmpp2mSde(run, { solver_type: 'heun', ...options })
}
