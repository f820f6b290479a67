/** @file Makes MODEL values of what files hold: each family's noise schedule, latents and labels. */
import type { DiffusionModel as OpenedModel } from '../models/diffusion/open-diffusion.ts'
import { aestheticScores, baseVector, refinerVector } from '../models/text/size-conditioning.ts'
import { sd1Latents, sdxlLatents } from '../sampling/latents/formats.ts'
import { discreteSampling } from '../sampling/model-sampling/discrete.ts'
import { trainingSigmas, zeroTerminalSnr } from '../sampling/model-sampling/schedule.ts'
import type { DiffusionModel } from './diffusion-model.ts'

export function modelOf({ family, prediction, unet }: OpenedModel): DiffusionModel {
  const sigmas = trainingSigmas()
  return {
    unet,
    sampling: discreteSampling(prediction.type === 'epsilon' ? 'eps' : 'v_prediction', {
      sigmas: prediction.zeroTerminalSnr ? zeroTerminalSnr(sigmas) : sigmas,
    }),
    latentFormat: family === 'sdxl' || family === 'sdxl-refiner' ? sdxlLatents : sd1Latents,
    label: labelOf(family),
  }
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
