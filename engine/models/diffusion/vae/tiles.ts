/**
 * @file Works on a large feature map in overlapping tiles, whose results fade into each other. For networks whose output is
 * a whole multiple (or fraction) of their input's size.
 */
import type { FeatureMap } from '../feature-map.ts'

/** Sides of a tile and what neighbours share, in units. */
export interface Tiling {
  height: number
  width: number
  overlap: number
}

export interface TileScale {
  /** Input and output pixels of one unit: a latent pixel is 1 of a latent and 8 of a picture. */
  input: number
  output: number
}

/**
 * Squares, and tiles half as high and twice as wide, and the other way round. Each tile is normalized by itself, so tiles
 * differ in tone; their mean over three grids hides it.
 */
export function threeTilings({ size, overlap }: { size: number; overlap: number }): Tiling[] {
  const half = Math.max(1, Math.floor(size / 2))
  return [
    { height: size, width: size, overlap },
    { height: half, width: 2 * size, overlap },
    { height: 2 * size, width: half, overlap },
  ]
}

/** Where tiles begin, in units; the last one may be shorter. */
export function tileStarts(length: number, size: number, overlap: number): number[] {
  if (length <= size) return [0]
  const step = Math.max(1, size - overlap)
  return Array.from({ length: Math.max(1, Math.ceil((length - overlap) / step)) }, (_, index) => index * step)
}

/**
 * The mean over all tilings.
 * @param input - a batch; its height and width are whole units
 * @param run - the network, on one tile of one picture
 * @param onTile - after each; may throw to stop
 */
export async function runTiled(
  input: FeatureMap,
  tilings: readonly Tiling[],
  scale: TileScale,
  run: (tile: FeatureMap) => Promise<FeatureMap>,
  onTile: (done: number, total: number) => Promise<void> = async () => undefined,
): Promise<FeatureMap> {
  const [batch, , height, width] = input.shape
  const rows = height / scale.input
  const columns = width / scale.input
  const plans = tilings.map((tiling) => ({
    ...tiling,
    tops: tileStarts(rows, tiling.height, tiling.overlap),
    lefts: tileStarts(columns, tiling.width, tiling.overlap),
  }))
  const total = batch * plans.reduce((sum, { tops, lefts }) => sum + tops.length * lefts.length, 0)
  let result: FeatureMap | undefined
  let done = 0
  for (let index = 0; index < batch; index += 1) {
    for (const plan of plans) {
      let sums: WeightedSums | undefined
      for (const top of plan.tops) {
        for (const left of plan.lefts) {
          const tile = await run(cut(input, index, { top, left, ...plan }, scale.input))
          sums ??= new WeightedSums(tile.shape[1], rows * scale.output, columns * scale.output)
          sums.add(tile, top * scale.output, left * scale.output, plan.overlap * scale.output)
          done += 1
          await onTile(done, total)
        }
      }
      result ??= emptyResult(batch, sums!.shape)
      sums!.addMeanTo(result.data.subarray(index * sums!.length), 1 / plans.length)
    }
  }
  return result!
}

function emptyResult(batch: number, [channels, height, width]: WeightedSums['shape']): FeatureMap {
  return { data: new Float32Array(batch * channels * height * width), shape: [batch, channels, height, width] }
}

/** @param tile - in units, cut at the ends of the input; @param unit - pixels */
function cut(
  { data, shape }: FeatureMap,
  index: number,
  tile: { top: number; left: number; height: number; width: number },
  unit: number,
): FeatureMap {
  const [, channels, height, width] = shape
  const [top, left] = [tile.top * unit, tile.left * unit]
  const [rows, columns] = [Math.min(tile.height * unit, height - top), Math.min(tile.width * unit, width - left)]
  const out = new Float32Array(channels * rows * columns)
  for (let channel = 0; channel < channels; channel += 1) {
    for (let row = 0; row < rows; row += 1) {
      const from = ((index * channels + channel) * height + top + row) * width + left
      out.set(data.subarray(from, from + columns), (channel * rows + row) * columns)
    }
  }
  return { data: out, shape: [1, channels, rows, columns] }
}

/** Weighted sums of one picture's tiles, and of their weights. */
class WeightedSums {
  readonly shape: readonly [channels: number, height: number, width: number]
  readonly length: number
  readonly #sums: Float32Array
  readonly #weights: Float32Array

  constructor(channels: number, height: number, width: number) {
    this.shape = [channels, height, width]
    this.length = channels * height * width
    this.#sums = new Float32Array(this.length)
    this.#weights = new Float32Array(height * width)
  }

  add({ data, shape }: FeatureMap, top: number, left: number, fade: number): void {
    const [channels, height, width] = this.shape
    const [, , rows, columns] = shape
    const down = ramp(rows, fade)
    const across = ramp(columns, fade)
    for (let row = 0; row < rows; row += 1) {
      const at = (top + row) * width + left
      for (let column = 0; column < columns; column += 1) this.#weights[at + column]! += down[row]! * across[column]!
      for (let channel = 0; channel < channels; channel += 1) {
        const from = (channel * rows + row) * columns
        const to = channel * height * width + at
        for (let column = 0; column < columns; column += 1) {
          this.#sums[to + column]! += down[row]! * across[column]! * data[from + column]!
        }
      }
    }
  }

  /** @param target - gets `share` times the weighted mean added */
  addMeanTo(target: Float32Array, share: number): void {
    const plane = this.#weights.length
    for (let at = 0; at < this.length; at += 1) target[at]! += (share * this.#sums[at]!) / this.#weights[at % plane]!
  }
}

/**
 * 1 in the middle, falling towards both edges, never quite to 0. Edges of the whole fall too: only shares count, and there
 * is no other tile. Tiles shorter than the fading do not fade.
 */
function ramp(length: number, fade: number): Float32Array {
  if (fade >= length) return new Float32Array(length).fill(1)
  return Float32Array.from({ length }, (_, at) => Math.min(1, (at + 1) / fade) * Math.min(1, (length - at) / fade))
}
