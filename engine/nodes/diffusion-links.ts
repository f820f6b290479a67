/** @file The link types of diffusion nodes, each with the value it carries. */
import type { DiffusionModel } from '../diffusion/diffusion-model.ts'
import type { Guider } from '../diffusion/guider.ts'
import type { LatentValue } from '../diffusion/latent-value.ts'
import type { SamplerChoice } from '../diffusion/sample-latent.ts'
import type { VaeValue } from '../diffusion/vae-value.ts'
import type { ControlNet, T2iAdapter } from '../models/diffusion/control/control.ts'
import type { Clip } from '../models/text/clip.ts'
import type { Conditioning } from '../models/text/conditioning.ts'
import type { Seed } from '../sampling/noise/mt19937.ts'
import { type InputOptions, input } from './define.ts'

/** NOISE: where the noise that sampling starts from comes from. */
export interface NoiseSource {
  seed: Seed
  /** False adds none (DisableNoise). */
  adds: boolean
}

export const link = {
  model: (options: InputOptions = {}) => input.link<DiffusionModel>('MODEL', options),
  clip: (options: InputOptions = {}) => input.link<Clip>('CLIP', options),
  vae: (options: InputOptions = {}) => input.link<VaeValue>('VAE', options),
  controlNet: (options: InputOptions = {}) => input.link<ControlNet | T2iAdapter>('CONTROL_NET', options),
  conditioning: (options: InputOptions = {}) => input.link<Conditioning>('CONDITIONING', options),
  latent: (options: InputOptions = {}) => input.link<LatentValue>('LATENT', options),
  sampler: (options: InputOptions = {}) => input.link<SamplerChoice>('SAMPLER', options),
  /** Noise levels, largest first. */
  sigmas: (options: InputOptions = {}) => input.link<Float32Array>('SIGMAS', options),
  guider: (options: InputOptions = {}) => input.link<Guider>('GUIDER', options),
  noise: (options: InputOptions = {}) => input.link<NoiseSource>('NOISE', options),
}
