/**
 * @file A small picture of work in progress, for the person who watches. Painted region by region by picking single
 * pixels, which costs next to nothing; encoded a few times a second at most.
 */
import type { PreviewImage } from '../nodes/define.ts'

export const defaultPreviewSize = 512
const minIntervalMs = 500
const jpegQuality = 70

/** A rectangle of pixels, values 0 to 1, `stride` numbers from one pixel to the next. */
export interface PixelSource {
  data: Float32Array
  /** Index of the first pixel's first channel. */
  offset: number
  width: number
  height: number
  /** Numbers per pixel: 1 is grey, of more the first three are red, green, blue. */
  channels: number
}

export class PreviewCanvas {
  readonly #width: number
  readonly #height: number
  readonly #pixels: Uint8Array
  readonly #now: () => number
  #lastEncoded = Number.NEGATIVE_INFINITY

  /**
   * @param width - of the whole picture; the canvas is smaller, `side` pixels on its longer side
   * @param now - milliseconds that only go up
   */
  constructor(
    width: number,
    height: number,
    { side = defaultPreviewSize, now = () => performance.now() }: { side?: number; now?: () => number } = {},
  ) {
    const shrink = Math.min(1, side / Math.max(width, height))
    this.#width = Math.max(1, Math.round(width * shrink))
    this.#height = Math.max(1, Math.round(height * shrink))
    this.#pixels = new Uint8Array(this.#width * this.#height * 3)
    this.#now = now
  }

  /**
   * Paints a part of the canvas with the same part of a picture of any size.
   * @param part - in fractions of the picture; the whole when absent
   * @param brightness - 1 as it is; less for what is not done yet
   */
  paint(
    source: PixelSource,
    { part = { left: 0, top: 0, right: 1, bottom: 1 }, brightness = 1 }: PaintOptions = {},
  ): void {
    const firstX = Math.floor(part.left * this.#width)
    const lastX = Math.min(this.#width, Math.ceil(part.right * this.#width))
    const lastY = Math.min(this.#height, Math.ceil(part.bottom * this.#height))
    for (let y = Math.floor(part.top * this.#height); y < lastY; y += 1) {
      const row = Math.min(source.height - 1, Math.floor(((y + 0.5) / this.#height) * source.height))
      for (let x = firstX; x < lastX; x += 1) {
        const column = Math.min(source.width - 1, Math.floor(((x + 0.5) / this.#width) * source.width))
        const from = source.offset + (row * source.width + column) * source.channels
        const to = (y * this.#width + x) * 3
        for (let channel = 0; channel < 3; channel += 1) {
          const value = source.data[source.channels === 1 ? from : from + channel]! * brightness * 255
          this.#pixels[to + channel] = Math.max(0, Math.min(255, value))
        }
      }
    }
  }

  /** Whether {@link encode} would give a picture now. */
  get isDue(): boolean {
    return this.#now() - this.#lastEncoded >= minIntervalMs
  }

  /** The canvas as JPEG, or undefined when the last one is less than half a second old. */
  async encode(): Promise<PreviewImage | undefined> {
    if (!this.isDue) return undefined
    this.#lastEncoded = this.#now()
    const { default: sharp } = await import('sharp')
    const bytes = await sharp(this.#pixels, { raw: { width: this.#width, height: this.#height, channels: 3 } })
      .jpeg({ quality: jpegQuality })
      .toBuffer()
    return { format: 'jpeg', bytes }
  }
}

interface PaintOptions {
  part?: { left: number; top: number; right: number; bottom: number }
  brightness?: number
}
