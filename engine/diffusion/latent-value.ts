/** @file LATENT, the value that nodes pass on: a batch of latents as a VAE encodes them, and how sampling is to treat them. */
import type { Latent } from '../sampling/latents/latent.ts'
import type { MaskTensor } from '../tensor.ts'

export interface LatentValue extends Latent {
  /** Where sampling may change the latents, 1, and where not, 0; of any size. */
  noiseMask?: MaskTensor
  /** For each latent, which one of the seed's sequence of noises it gets; 0, 1, 2, ... when absent. */
  batchIndex?: readonly number[]
}

/** Whether there is nothing in it: sampling then starts from noise alone. */
export function isEmpty({ data }: Latent): boolean {
  return data.every((value) => value === 0)
}
