/** @file A MODEL whose network answers by a rule, so that tests see what a run asks of it, and know what comes of it. */
import { knownUNets } from '../../models/diffusion/unet/config.ts'
import type { UNet, UNetRequest } from '../../models/diffusion/unet/unet.ts'
import type { Conditioning } from '../../models/text/conditioning.ts'
import { sd1Latents } from '../../sampling/latents/formats.ts'
import { discreteSampling } from '../../sampling/model-sampling/discrete.ts'
import type { DiffusionModel } from '../diffusion-model.ts'

export interface StubModel extends DiffusionModel {
  /** What the network was asked, in order. */
  requests: UNetRequest[]
}

/** @param answer - the network's raw output (the noise that it sees); no noise when left out */
export function stubModel(answer: (request: UNetRequest) => Float32Array = ({ x }) => x.map(() => 0)): StubModel {
  const requests: UNetRequest[] = []
  const unet: UNet = {
    config: knownUNets.sd1(32),
    label: 'stub.safetensors',
    loras: [],
    async predict(request) {
      requests.push(request)
      return answer(request)
    },
    requireRoom: async () => undefined,
    withLoras: () => unet,
    withFreeU: () => unet,
  }
  return { unet, sampling: discreteSampling('eps'), latentFormat: sd1Latents, label: null, requests }
}

/** A text of one token, whose every number is `value`: a rule can tell it by `context[0]`. */
export function saying(value: number): Conditioning {
  return [{ encoding: { data: new Float32Array(768).fill(value), tokens: 1, width: 768 }, pooled: null, options: {} }]
}
