/**
 * @file What a latent looks like while it is made: each of its pixels turned into a colour by a fixed matrix, which costs
 * nothing. Shown at eight times its size.
 */
import { PreviewCanvas } from '../models/preview-canvas.ts'
import type { PreviewImage } from '../nodes/define.ts'
import { type LatentFormat, previewRgb } from '../sampling/latents/formats.ts'
import type { LatentShape } from '../sampling/latents/latent.ts'

/** A painter of latents at the network's scale: the first of the batch. */
export class LatentPreview {
  readonly #format: LatentFormat
  readonly #shape: LatentShape
  readonly #canvas: PreviewCanvas

  constructor(format: LatentFormat, shape: LatentShape) {
    this.#format = format
    this.#shape = shape
    const [, , height, width] = shape
    this.#canvas = new PreviewCanvas(width * format.downscale, height * format.downscale)
  }

  /** @returns undefined when the last one was shown less than half a second ago */
  async paint(latent: Float32Array): Promise<PreviewImage | undefined> {
    const [, , height, width] = this.#shape
    const data = Float32Array.from(previewRgb(this.#format, latent, height * width), (value) => value / 255)
    this.#canvas.paint({ data, offset: 0, width, height, channels: 3 })
    return this.#canvas.encode()
  }
}
