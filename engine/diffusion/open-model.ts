/** @file Makes MODEL values of what files hold: each family's noise schedule, latents and labels. */

import type { Prediction } from '../models/diffusion/detect/detect-unet.ts'
import type { DiffusionModel as OpenedModel } from '../models/diffusion/open-diffusion.ts'
import { aestheticScores, baseVector, refinerVector } from '../models/text/size-conditioning.ts'
import { type LatentFormat, playgroundLatents, sd1Latents, sdxlLatents } from '../sampling/latents/formats.ts'
import { continuousSampling } from '../sampling/model-sampling/continuous.ts'
import { discreteSampling } from '../sampling/model-sampling/discrete.ts'
import type { ModelSampling } from '../sampling/model-sampling/model-sampling.ts'
import { trainingSigmas, zeroTerminalSnr } from '../sampling/model-sampling/schedule.ts'
import type { DiffusionModel } from './diffusion-model.ts'

export function modelOf({ family, prediction, unet }: OpenedModel): DiffusionModel {
  return {
    unet,
    sampling: samplingOf(prediction),
    latentFormat: latentsOf(family, prediction),
    label: labelOf(family),
    ...(prediction.range && { editsNetworkLatents: true }),
  }
}

function samplingOf({ type, zeroTerminalSnr: endsInNoise, range }: Prediction): ModelSampling {
  const predicts = type === 'epsilon' ? 'eps' : type
  if (range) return continuousSampling(predicts, { ...range, sigmaData: type === 'edm' ? 0.5 : 1 })
  const sigmas = trainingSigmas()
  return discreteSampling(predicts, { sigmas: endsInNoise ? zeroTerminalSnr(sigmas) : sigmas })
}

function latentsOf(family: OpenedModel['family'], { type }: Prediction): LatentFormat {
  if (type === 'edm') return playgroundLatents
  return family === 'sdxl' || family === 'sdxl-refiner' ? sdxlLatents : sd1Latents
}

function labelOf(family: OpenedModel['family']): DiffusionModel['label'] {
  if (family === 'sdxl') {
    return ({ pooled, options }, { width, height }) => baseVector(pooled!, options.size ?? {}, { width, height })
  }
  if (family === 'sdxl-refiner') {
    return ({ pooled, options }, { width, height, role }) =>
      refinerVector(pooled!, options.size ?? {}, options.aestheticScore ?? aestheticScores[role], { width, height })
  }
  return null
}
