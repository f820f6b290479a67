/**
 * @file GUIDER, the value that says how a model's predictions for several texts become one. It holds the model and the
 * conditionings; a sampler that is given one needs nothing else of them.
 */
import type { Conditioning } from '../models/text/conditioning.ts'
import { classifierFreeGuidance, dualGuidance, needsUnconditional, perpNegGuidance } from '../sampling/guidance/cfg.ts'
import type { DiffusionModel, GuidanceMoment } from './diffusion-model.ts'
import type { Role } from './prepared-conditioning.ts'

export interface GuidedPrediction {
  denoised: Float32Array
  /** The prediction without the text, where it was made. */
  unconditional?: Float32Array
}

export interface Guider {
  model: DiffusionModel
  conditionings: Readonly<Record<string, { role: Role; conditioning: Conditioning }>>
  /**
   * Which conditionings have to be predicted.
   * @param unconditional - the sampler goes by the prediction without the text as well
   */
  needed(unconditional: boolean): readonly string[]
  /** @param predictions - noiseless ones, by name: those that were needed */
  combine(predictions: Readonly<Record<string, Float32Array>>, at: GuidanceMoment): GuidedPrediction
}

/** BasicGuider: the positive text alone. */
export function basicGuider(model: DiffusionModel, positive: Conditioning): Guider {
  return {
    model,
    conditionings: { positive: { role: 'positive', conditioning: positive } },
    needed: () => ['positive'],
    combine: (predictions) => ({ denoised: predictions.positive! }),
  }
}

/** CFGGuider, and what KSampler does: away from the negative text by `scale`. */
export function cfgGuider(
  model: DiffusionModel,
  { positive, negative, scale }: { positive: Conditioning; negative: Conditioning; scale: number },
): Guider {
  const both = ['positive', 'negative']
  return {
    model,
    conditionings: {
      positive: { role: 'positive', conditioning: positive },
      negative: { role: 'negative', conditioning: negative },
    },
    needed: (unconditional) => (needsUnconditional(scale) || unconditional || model.guidance ? both : ['positive']),
    combine({ positive: toward, negative: away }, at) {
      if (!away) return { denoised: toward! }
      return { denoised: guidanceOf(model, at)(toward!, away, scale), unconditional: away }
    },
  }
}

/** How the model combines two predictions: the plain way, or as a patch says. */
function guidanceOf({ guidance }: DiffusionModel, at: GuidanceMoment): typeof classifierFreeGuidance {
  if (!guidance) return classifierFreeGuidance
  return (positive, negative, scale) => guidance({ ...at, positive, negative, scale })
}

export interface DualCfgTexts {
  first: Conditioning
  second: Conditioning
  negative: Conditioning
  /** From the second text toward the first. */
  scaleFirst: number
  /** From the negative text toward the second. */
  scaleSecond: number
  nested: boolean
}

/** DualCFGGuider. */
export function dualCfgGuider(model: DiffusionModel, texts: DualCfgTexts): Guider {
  const { scaleFirst, scaleSecond, nested } = texts
  return {
    model,
    conditionings: {
      positive: { role: 'positive', conditioning: texts.first },
      middle: { role: 'negative', conditioning: texts.second },
      negative: { role: 'negative', conditioning: texts.negative },
    },
    needed: () => ['negative', 'middle', 'positive'],
    combine({ positive, middle, negative }, at) {
      const guide = guidanceOf(model, at)
      return {
        denoised: dualGuidance(positive!, middle!, negative!, scaleFirst, scaleSecond, nested, guide),
        unconditional: negative!,
      }
    },
  }
}

export interface PerpNegTexts {
  positive: Conditioning
  negative: Conditioning
  /** An empty text. */
  neutral: Conditioning
  scale: number
  negativeScale: number
}

/** PerpNegGuider. */
export function perpNegGuider(model: DiffusionModel, texts: PerpNegTexts): Guider {
  return {
    model,
    conditionings: {
      positive: { role: 'positive', conditioning: texts.positive },
      neutral: { role: 'negative', conditioning: texts.neutral },
      negative: { role: 'negative', conditioning: texts.negative },
    },
    needed: () => ['positive', 'negative', 'neutral'],
    combine: ({ positive, negative, neutral }) => ({
      denoised: perpNegGuidance(positive!, negative!, neutral!, texts.negativeScale, texts.scale),
      unconditional: negative!,
    }),
  }
}
