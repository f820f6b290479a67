/**
 * @file Models trained at numbered steps, with a table of noise levels: SD 1, SD 2, SDXL, and those distilled to fewer
 * steps (LCM).
 */
import type { ModelSampling } from './model-sampling.ts'
import type { PredictionType } from './prediction.ts'
import { trainingSigmas } from './schedule.ts'

/** Above any noise level: "from the start". */
const beyondEverything = 999999999.9

/**
 * Sampling for a table of noise levels.
 * @param options.sigmas - for each training step, smallest first; the SD family's when left out
 * @throws RangeError for an empty table
 */
export function discreteSampling(
  prediction: PredictionType,
  options: { sigmas?: Float32Array; sigmaData?: number } = {},
): ModelSampling {
  const { sigmas = trainingSigmas(), sigmaData = 1 } = options
  return fromTable(prediction, sigmas, sigmaData, { first: 0, stride: 1 }, sigmas.length)
}

/**
 * Sampling for a model distilled to `kept` of its training steps (LCM: 50 of 1000, so steps 19, 39, ... 999).
 * @see Luo et al. 2023, "Latent Consistency Models", arXiv 2310.04378, section 4.3
 */
export function distilledSampling(
  prediction: PredictionType,
  options: { sigmas?: Float32Array; sigmaData?: number; kept?: number } = {},
): ModelSampling {
  const { sigmas: all = trainingSigmas(), sigmaData = 1, kept = 50 } = options
  const stride = Math.floor(all.length / kept)
  const sigmas = Float32Array.from({ length: kept }, (_, i) => all[all.length - 1 - (kept - 1 - i) * stride]!)
  return fromTable(prediction, sigmas, sigmaData, { first: stride - 1, stride }, all.length)
}

function fromTable(
  prediction: PredictionType,
  sigmas: Float32Array,
  sigmaData: number,
  steps: { first: number; stride: number },
  trainingSteps: number,
): ModelSampling {
  if (sigmas.length === 0) throw new RangeError('A model needs noise levels')
  const logs = sigmas.map(Math.log)
  const sigma = (timestep: number) => {
    const at = Math.min(Math.max((timestep - steps.first) / steps.stride, 0), sigmas.length - 1)
    const low = Math.floor(at)
    const share = at - low
    const log = (1 - share) * logs[low]! + share * logs[Math.ceil(at)]!
    return Math.fround(Math.exp(log))
  }
  return {
    prediction,
    sigmas,
    sigmaMin: sigmas[0]!,
    sigmaMax: sigmas.at(-1)!,
    sigmaData,
    timestep: (level) => nearest(logs, Math.log(level)) * steps.stride + steps.first,
    sigma,
    percentToSigma(percent) {
      if (percent <= 0) return beyondEverything
      if (percent >= 1) return 0
      return sigma((1 - percent) * (trainingSteps - 1))
    },
  }
}

/** Index of the closest value in an ascending table, the lower one of two equally close. */
function nearest(ascending: Float32Array, value: number): number {
  let low = 0
  let high = ascending.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (ascending[middle]! <= value) low = middle
    else high = middle
  }
  return Math.abs(ascending[high]! - value) < Math.abs(value - ascending[low]!) ? high : low
}
