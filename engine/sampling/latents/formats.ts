/**
 * @file How a family's latents are scaled between VAE and network, and what colours their channels roughly are.
 */
import type { Latent, LatentShape } from './latent.ts'

export interface LatentFormat {
  channels: number
  /** pixels along each side for one latent position */
  downscale: number
  /** network latent = (VAE latent - mean) / deviation · scale */
  scale: number
  /** For each channel. @default 0 and 1 */
  spread?: { means: readonly number[]; deviations: readonly number[] }
  /** The tiny autoencoder that decodes them, by its files' name. */
  tinyVae: 'taesd' | 'taesdxl' | null
  /** For each channel its share of red, green, blue, for values -1 to 1. */
  rgb: readonly (readonly [number, number, number])[]
  /** red, green, blue of a latent of zeros */
  rgbBase: readonly [number, number, number]
}

/** SD 1.x and 2.x. Scale: the model cards. Colours: keturn, "Decoding latents to RGB without upscaling" (Hugging Face forum), as in InvokeAI (Apache-2.0). */
export const sd1Latents: LatentFormat = {
  channels: 4,
  downscale: 8,
  scale: 0.18215,
  tinyVae: 'taesd',
  rgb: [
    [0.298, 0.207, 0.208],
    [0.187, 0.286, 0.173],
    [-0.158, 0.189, 0.264],
    [-0.184, -0.271, -0.473],
  ],
  rgbBase: [0, 0, 0],
}

/**
 * SDXL. Scale: the model card. Colours: Vass, "Explaining the SDXL latent space" and the diffusers documentation
 * (Apache-2.0), whose weights are for 0 to 255 around (150, 140, 130); here for -1 to 1.
 */
export const sdxlLatents: LatentFormat = {
  channels: 4,
  downscale: 8,
  scale: 0.13025,
  tinyVae: 'taesdxl',
  rgb: [
    [60 / 127.5, 60 / 127.5, 60 / 127.5],
    [-60 / 127.5, -5 / 127.5, 10 / 127.5],
    [25 / 127.5, 15 / 127.5, -5 / 127.5],
    [-70 / 127.5, -50 / 127.5, -35 / 127.5],
  ],
  rgbBase: [150 / 127.5 - 1, 140 / 127.5 - 1, 130 / 127.5 - 1],
}

/**
 * Playground v2.5. Means and deviations: `latents_mean`, `latents_std` and `scaling_factor` of its VAE's configuration. Colours:
 * SDXL's, since its VAE is SDXL's.
 */
export const playgroundLatents: LatentFormat = respread(sdxlLatents, 0.5, {
  means: [-1.6574, 1.886, -1.383, 2.5155],
  deviations: [8.4927, 5.9022, 6.5498, 5.2299],
})

/** The same VAE's latents scaled otherwise. */
function respread(format: LatentFormat, scale: number, spread: NonNullable<LatentFormat['spread']>): LatentFormat {
  const { means, deviations } = spread
  const shareOfMeans = (colour: 0 | 1 | 2) =>
    format.rgb.reduce((sum, shares, channel) => sum + shares[colour] * means[channel]! * format.scale, 0)
  return {
    ...format,
    tinyVae: null,
    scale,
    spread,
    rgb: format.rgb.map((shares, channel) => {
      const factor = (deviations[channel]! / scale) * format.scale
      return [shares[0] * factor, shares[1] * factor, shares[2] * factor] as const
    }),
    rgbBase: [
      format.rgbBase[0] + shareOfMeans(0),
      format.rgbBase[1] + shareOfMeans(1),
      format.rgbBase[2] + shareOfMeans(2),
    ],
  }
}

/** From what the VAE encodes to what the network knows. */
export function toNetworkLatent({ scale, spread }: LatentFormat, { data, shape }: Latent): Float32Array {
  if (!spread) return data.map((value) => value * scale)
  const channelOf = channelsOf(shape)
  return data.map((value, at) => {
    const channel = channelOf(at)
    return ((value - spread.means[channel]!) * scale) / spread.deviations[channel]!
  })
}

/** From what the network makes to what the VAE decodes. */
export function toVaeLatent({ scale, spread }: LatentFormat, { data, shape }: Latent): Float32Array {
  if (!spread) return data.map((value) => value / scale)
  const channelOf = channelsOf(shape)
  return data.map((value, at) => {
    const channel = channelOf(at)
    return (value * spread.deviations[channel]!) / scale + spread.means[channel]!
  })
}

function channelsOf([, channels, height, width]: LatentShape): (at: number) => number {
  return (at) => Math.floor(at / (height * width)) % channels
}

/**
 * A rough picture of one network latent (channels · height · width), one pixel for each position.
 * @returns RGB bytes, channels last
 */
export function previewRgb(format: LatentFormat, latent: Float32Array, size: number): Uint8Array {
  const pixels = new Uint8Array(size * 3)
  for (let i = 0; i < size; i++) {
    for (let colour = 0; colour < 3; colour++) {
      let value = format.rgbBase[colour]!
      for (let c = 0; c < format.channels; c++) value += latent[c * size + i]! * format.rgb[c]![colour]!
      pixels[i * 3 + colour] = Math.min(Math.max(((value + 1) / 2) * 255, 0), 255)
    }
  }
  return pixels
}
