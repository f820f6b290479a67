/**
 * @file What a latent looks like while it is made: decoded by TAESD where that is given, else each of its pixels turned into a
 * colour by a fixed matrix, which costs nothing.
 */
import type { Vae } from '../models/diffusion/vae/vae.ts'
import { type PixelSource, PreviewCanvas } from '../models/preview-canvas.ts'
import { NodeError, type PreviewImage } from '../nodes/define.ts'
import { type LatentFormat, previewRgb } from '../sampling/latents/formats.ts'
import { type LatentShape, latentLength } from '../sampling/latents/latent.ts'
import { toPictures } from './planes.ts'

export interface LatentPreviewOptions {
  /** Longest side, pixels. */
  side?: number
  /** Decodes latents of this format. @default none */
  tiny?: Vae | null
  /** Milliseconds that only go up. */
  now?: () => number
}

/** After a picture was decoded, the sampler has this many times as long to itself: on a CPU decoding takes a second. */
const rest = 4

/** A painter of latents at the network's scale: the first of the batch. */
export class LatentPreview {
  readonly #format: LatentFormat
  readonly #shape: LatentShape
  readonly #canvas: PreviewCanvas
  readonly #now: () => number
  #tiny: Vae | null
  #restsUntil = Number.NEGATIVE_INFINITY

  constructor(
    format: LatentFormat,
    shape: LatentShape,
    { side, tiny = null, now = () => performance.now() }: LatentPreviewOptions = {},
  ) {
    this.#format = format
    this.#shape = shape
    this.#tiny = tiny
    this.#now = now
    const [, , height, width] = shape
    const size = { ...(side !== undefined && { side }), now }
    this.#canvas = new PreviewCanvas(width * format.downscale, height * format.downscale, size)
  }

  /** @returns undefined when the last one was shown less than half a second ago, or took long */
  async paint(latent: Float32Array): Promise<PreviewImage | undefined> {
    if (!this.#canvas.isDue || this.#now() < this.#restsUntil) return undefined
    this.#canvas.paint((await this.#decode(latent)) ?? this.#colour(latent))
    return this.#canvas.encode()
  }

  #colour(latent: Float32Array): PixelSource {
    const [, , height, width] = this.#shape
    const data = Float32Array.from(previewRgb(this.#format, latent, height * width), (value) => value / 255)
    return { data, offset: 0, width, height, channels: 3 }
  }

  /** A run does not end for want of a preview: where decoding fails, colours do. */
  async #decode(latent: Float32Array): Promise<PixelSource | null> {
    if (!this.#tiny) return null
    const [, channels, rows, columns] = this.#shape
    const shape = [1, channels, rows, columns] as const
    const started = this.#now()
    try {
      const first = { data: latent.slice(0, latentLength({ data: latent, shape })), shape }
      const { data, shape: picture } = toPictures(await this.#tiny.decode(first))
      return { data, offset: 0, width: picture[2], height: picture[1], channels: 3 }
    } catch (error) {
      if (!(error instanceof NodeError)) throw error
      this.#tiny = null
      return null
    } finally {
      const ended = this.#now()
      this.#restsUntil = ended + rest * (ended - started)
    }
  }
}
