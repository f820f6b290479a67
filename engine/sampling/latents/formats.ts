/**
 * @file How a family's latents are scaled between VAE and network, and what colours their channels roughly are.
 */

export interface LatentFormat {
  channels: number
  /** pixels along each side for one latent position */
  downscale: number
  /** network latent = VAE latent · scale */
  scale: number
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
  rgb: [
    [60 / 127.5, 60 / 127.5, 60 / 127.5],
    [-60 / 127.5, -5 / 127.5, 10 / 127.5],
    [25 / 127.5, 15 / 127.5, -5 / 127.5],
    [-70 / 127.5, -50 / 127.5, -35 / 127.5],
  ],
  rgbBase: [150 / 127.5 - 1, 140 / 127.5 - 1, 130 / 127.5 - 1],
}

/** From what the VAE encodes to what the network knows. */
export function toNetworkLatent(format: LatentFormat, latent: Float32Array): Float32Array {
  return latent.map((value) => value * format.scale)
}

/** From what the network makes to what the VAE decodes. */
export function toVaeLatent(format: LatentFormat, latent: Float32Array): Float32Array {
  return latent.map((value) => value / format.scale)
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
