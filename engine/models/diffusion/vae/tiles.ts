/**
 * @file Works on a large feature map in overlapping tiles, whose results fade into each other. For networks whose output is
 * a whole multiple (or fraction) of their input's size.
 */
import type { FeatureMap } from '../feature-map.ts'

export interface Tiling {
  /** Side of a tile and of what neighbours share, in units. */
  size: number
  overlap: number
}

export interface TileScale {
  /** Input and output pixels of one unit: a latent pixel is 1 of a latent and 8 of a picture. */
  input: number
  output: number
}

/** Where tiles begin, in units; the last is moved back to end with the whole. */
export function tileStarts(length: number, { size, overlap }: Tiling): number[] {
  if (length <= size) return [0]
  const step = Math.max(1, size - overlap)
  const count = Math.ceil((length - size) / step) + 1
  return Array.from({ length: count }, (_, index) => Math.min(index * step, length - size))
}

/**
 * @param input - a batch; its height and width are whole units
 * @param run - the network, on one tile of one picture
 * @param onTile - after each; may throw to stop
 */
export async function runTiled(
  input: FeatureMap,
  tiling: Tiling,
  scale: TileScale,
  run: (tile: FeatureMap) => Promise<FeatureMap>,
  onTile: (done: number, total: number) => Promise<void> = async () => undefined,
): Promise<FeatureMap> {
  const [batch, , height, width] = input.shape
  const rows = tileStarts(height / scale.input, tiling)
  const columns = tileStarts(width / scale.input, tiling)
  const total = batch * rows.length * columns.length
  let result: Accumulator | undefined
  let done = 0
  for (let index = 0; index < batch; index += 1) {
    for (const row of rows) {
      for (const column of columns) {
        const tile = await run(cut(input, index, row * scale.input, column * scale.input, tiling.size * scale.input))
        result ??= new Accumulator(
          batch,
          tile.shape[1],
          (height / scale.input) * scale.output,
          (width / scale.input) * scale.output,
        )
        result.add(tile, index, row * scale.output, column * scale.output, tiling.overlap * scale.output)
        done += 1
        await onTile(done, total)
      }
    }
  }
  return result!.finish()
}

function cut({ data, shape }: FeatureMap, index: number, top: number, left: number, size: number): FeatureMap {
  const [, channels, height, width] = shape
  const [rows, columns] = [Math.min(size, height - top), Math.min(size, width - left)]
  const tile = new Float32Array(channels * rows * columns)
  for (let channel = 0; channel < channels; channel += 1) {
    for (let row = 0; row < rows; row += 1) {
      const from = ((index * channels + channel) * height + top + row) * width + left
      tile.set(data.subarray(from, from + columns), (channel * rows + row) * columns)
    }
  }
  return { data: tile, shape: [1, channels, rows, columns] }
}

/** Weighted sums of tiles, and of their weights. */
class Accumulator {
  readonly #sums: Float32Array
  readonly #weights: Float32Array
  readonly #shape: FeatureMap['shape']

  constructor(batch: number, channels: number, height: number, width: number) {
    this.#shape = [batch, channels, height, width]
    this.#sums = new Float32Array(batch * channels * height * width)
    this.#weights = new Float32Array(batch * height * width)
  }

  add({ data, shape }: FeatureMap, index: number, top: number, left: number, fade: number): void {
    const [, channels, height, width] = this.#shape
    const [, , rows, columns] = shape
    const down = ramp(rows, fade, top > 0, top + rows < height)
    const across = ramp(columns, fade, left > 0, left + columns < width)
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const weight = down[row]! * across[column]!
        const place = (top + row) * width + left + column
        this.#weights[index * height * width + place]! += weight
        for (let channel = 0; channel < channels; channel += 1) {
          this.#sums[(index * channels + channel) * height * width + place]! +=
            weight * data[(channel * rows + row) * columns + column]!
        }
      }
    }
  }

  finish(): FeatureMap {
    const [, channels, height, width] = this.#shape
    const plane = height * width
    for (let at = 0; at < this.#sums.length; at += 1) {
      this.#sums[at]! /= this.#weights[Math.floor(at / (channels * plane)) * plane + (at % plane)]!
    }
    return { data: this.#sums, shape: this.#shape }
  }
}

/** 1 in the middle, falling towards edges that have a neighbour, never quite to 0. */
function ramp(length: number, fade: number, before: boolean, after: boolean): Float32Array {
  return Float32Array.from({ length }, (_, at) => {
    const left = before ? Math.min(1, (at + 1) / (fade + 1)) : 1
    const right = after ? Math.min(1, (length - at) / (fade + 1)) : 1
    return left * right
  })
}
