/** @file The guiders: how predictions for several texts become one. */
import {
  basicGuider as basic,
  cfgGuider as cfg,
  dualCfgGuider as dualCfg,
  perpNegGuider as perpNeg,
} from '../../diffusion/guider.ts'
import { defineNode, input } from '../define.ts'
import { link } from '../diffusion-links.ts'

const category = 'sampling/custom_sampling/guiders'
const scale = () => input.float({ default: 8, min: 0, max: 100, step: 0.1, round: 0.01 })

export const basicGuider = defineNode({
  classType: 'BasicGuider',
  category,
  inputs: { model: link.model(), conditioning: link.conditioning() },
  outputs: [{ type: 'GUIDER' }],
  execute: ({ model, conditioning }) => [basic(model, conditioning)],
})

export const cfgGuider = defineNode({
  classType: 'CFGGuider',
  category,
  inputs: { model: link.model(), positive: link.conditioning(), negative: link.conditioning(), cfg: scale() },
  outputs: [{ type: 'GUIDER' }],
  execute: ({ model, positive, negative, cfg: strength }) => [cfg(model, { positive, negative, scale: strength })],
})

export const dualCfgGuider = defineNode({
  classType: 'DualCFGGuider',
  category,
  inputs: {
    model: link.model(),
    cond1: link.conditioning(),
    cond2: link.conditioning(),
    negative: link.conditioning(),
    cfg_conds: scale(),
    cfg_cond2_negative: scale(),
    style: input.combo(['regular', 'nested'], { advanced: true }),
  },
  outputs: [{ type: 'GUIDER' }],
  execute: ({ model, cond1, cond2, negative, cfg_conds, cfg_cond2_negative, style }) => [
    dualCfg(model, {
      first: cond1,
      second: cond2,
      negative,
      scaleFirst: cfg_conds,
      scaleSecond: cfg_cond2_negative,
      nested: style === 'nested',
    }),
  ],
})

export const perpNegGuider = defineNode({
  classType: 'PerpNegGuider',
  category: '_for_testing',
  description: 'The negative text pushes across the direction of the positive one, never against it.',
  inputs: {
    model: link.model(),
    positive: link.conditioning(),
    negative: link.conditioning(),
    empty_conditioning: link.conditioning({ tooltip: 'An empty text' }),
    cfg: scale(),
    neg_scale: input.float({ default: 1, min: 0, max: 100, step: 0.01, advanced: true }),
  },
  outputs: [{ type: 'GUIDER' }],
  execute: ({ model, positive, negative, empty_conditioning, cfg: strength, neg_scale }) => [
    perpNeg(model, {
      positive,
      negative,
      neutral: empty_conditioning,
      scale: strength,
      negativeScale: neg_scale,
    }),
  ],
})
