/**
 * @file MODEL, the value that model loaders give and samplers take: a network with what sampling must know of it. Patches
 * (another noise schedule, another way of guiding, LoRAs) make a new value over the same network.
 */
import type { UNet } from '../models/diffusion/unet/unet.ts'
import type { ConditioningEntry } from '../models/text/conditioning.ts'
import type { InpaintOptions } from '../sampling/guidance/inpaint.ts'
import type { LatentFormat } from '../sampling/latents/formats.ts'
import type { LatentShape } from '../sampling/latents/latent.ts'
import type { ModelSampling } from '../sampling/model-sampling/model-sampling.ts'
import type { Role } from './prepared-conditioning.ts'

/** What a label is made of beside the text. */
export interface LabelContext {
  /** Of the picture, in pixels. */
  width: number
  height: number
  role: Role
}

/** Where a run is when predictions are combined. */
export interface GuidanceMoment {
  /** The latent the step starts from, at level `sigma`. */
  x: Float32Array
  sigma: number
  shape: LatentShape
}

export interface GuidanceInput extends GuidanceMoment {
  /** Noiseless predictions. */
  positive: Float32Array
  negative: Float32Array
  scale: number
}

export interface DiffusionModel {
  unet: UNet
  sampling: ModelSampling
  latentFormat: LatentFormat
  /** The vector that the network wants beside the text, where it wants one. */
  label: ((entry: ConditioningEntry, context: LabelContext) => Float32Array) | null
  /** An editing model that is shown its picture at the network's scale; the others see what the VAE gives. */
  editsNetworkLatents?: boolean
  /** In place of the plain combination of predictions. */
  guidance?: (input: GuidanceInput) => Float32Array
  /**
   * The noise mask at each level of a run, where it is not the same at all (differential diffusion). Is told the sampling
   * of the model that runs, which a later patch may have changed.
   */
  maskAt?: (sigmas: Float32Array, sampling: ModelSampling) => NonNullable<InpaintOptions['maskAt']>
}
