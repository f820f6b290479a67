/** @file Models told the noise level itself, over a continuous range: EDM and its kin (Playground v2.5, SVD). */
import type { ModelSampling } from './model-sampling.ts'
import type { PredictionType } from './prediction.ts'

/** Levels offered to schedulers that choose from a table. */
const tableSize = 1000
const beyondEverything = 999999999.9

/**
 * Sampling over a range of noise levels; the network is told a quarter of the logarithm.
 * @throws RangeError unless 0 < sigmaMin < sigmaMax
 * @see Karras et al. 2022, arXiv 2206.00364, table 1 (c_noise)
 */
export function continuousSampling(
  prediction: PredictionType,
  options: { sigmaMin?: number; sigmaMax?: number; sigmaData?: number } = {},
): ModelSampling {
  const { sigmaMin = 0.002, sigmaMax = 120, sigmaData = 1 } = options
  if (!(sigmaMin > 0 && sigmaMax > sigmaMin)) throw new RangeError(`No noise levels from ${sigmaMin} to ${sigmaMax}`)
  const [lowest, range] = [Math.log(sigmaMin), Math.log(sigmaMax) - Math.log(sigmaMin)]
  const sigmas = Float32Array.from({ length: tableSize }, (_, i) => Math.exp(lowest + (range * i) / (tableSize - 1)))
  return {
    prediction,
    sigmas,
    sigmaMin: sigmas[0]!,
    sigmaMax: sigmas.at(-1)!,
    sigmaData,
    timestep: (sigma) => 0.25 * Math.log(sigma),
    sigma: (timestep) => Math.fround(Math.exp(timestep / 0.25)),
    percentToSigma(percent) {
      if (percent <= 0) return beyondEverything
      if (percent >= 1) return 0
      return Math.exp(lowest + range * (1 - percent))
    },
  }
}
