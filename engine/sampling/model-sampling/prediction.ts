/**
 * @file What a network's output means. Each kind turns the output into a prediction of the noiseless latent (x0), from the
 * noisy latent x = x0 + sigma · noise.
 */

/** ComfyUI's names, as its model sampling nodes list them. */
export const predictionTypes = ['eps', 'v_prediction', 'edm', 'x0', 'lcm'] as const
export type PredictionType = (typeof predictionTypes)[number]

/** x0 = skip · x + out · output */
export interface DenoisedWeights {
  skip: number
  out: number
}

/**
 * Weights that turn latent and network output into the noiseless latent.
 * @param sigmaData - spread of the data the model assumes: 1 for the SD family, 0.5 for EDM models
 * @param timestep - what the network was told; only `lcm` asks
 * @see eps: Ho et al. 2020, arXiv 2006.11239, eq. 15. v: Salimans and Ho 2022, arXiv 2202.00512, appendix D.
 * edm: Karras et al. 2022, arXiv 2206.00364, table 1. lcm: Luo et al. 2023, arXiv 2310.04378, eq. 9
 */
export function denoisedWeights(
  type: PredictionType,
  sigma: number,
  sigmaData: number,
  timestep: number,
): DenoisedWeights {
  const total = sigma * sigma + sigmaData * sigmaData
  switch (type) {
    case 'eps':
      return { skip: 1, out: -sigma }
    case 'v_prediction':
      return { skip: (sigmaData * sigmaData) / total, out: (-sigma * sigmaData) / Math.sqrt(total) }
    case 'edm':
      return { skip: (sigmaData * sigmaData) / total, out: (sigma * sigmaData) / Math.sqrt(total) }
    case 'x0':
      return { skip: 0, out: 1 }
    case 'lcm': {
      // Consistency boundary: at timestep 0 the latent is its own answer.
      const scaledTime = timestep * 10
      const boundary = scaledTime * scaledTime + 0.25
      const skip = 0.25 / boundary
      const out = scaledTime / Math.sqrt(boundary)
      return { skip: skip + out, out: -sigma * out }
    }
  }
}
