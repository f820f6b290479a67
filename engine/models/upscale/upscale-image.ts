/**
 * @file Runs an upscaler over a batch of pictures, tile by tile. Tiles overlap a little and are faded into each other,
 * because some networks weigh their channels by what the whole tile looks like, which shows as seams.
 */
import { NodeError } from '../../nodes/define.ts'
import { createImage, type ImageTensor } from '../../tensor.ts'
import { readWindow } from '../mirror.ts'
import type { PixelSource } from '../preview-canvas.ts'
import { createFloatTensor } from '../runtime/tensor.ts'
import type { Upscaler } from './probe-upscaler.ts'
import { type AxisPlan, planAxis } from './tile-plan.ts'

/**
 * Input pixels that neighbouring tiles share on each side of their seam. Networks without a margin of their own pad
 * with zeros at the tile's edge and need that much context; the others get it from their margin.
 */
const contextWithoutMargin = 16
const contextWithMargin = 4
/** Of the shared pixels, those next to the seam in which one tile fades into the next. */
const fade = 4
/** Measured on two cores: as fast per pixel as larger tiles, with a third of their memory. */
export const defaultTileSize = 192

export interface UpscaleProgress {
  done: number
  total: number
  /** The picture of the batch that the tile belongs to, as far as it is done. */
  picture: PixelSource
  batchIndex: number
  /** What was just finished, in fractions of the picture. */
  part: { left: number; top: number; right: number; bottom: number }
}

export interface UpscaleOptions {
  tileSize?: number
  /** Called after every tile; the place to report, to stop, to let others run. */
  onTile: (progress: UpscaleProgress) => Promise<void>
}

/** Tiles of one picture, for progress bars. */
export function planTiles(upscaler: Upscaler, height: number, width: number, tileSize = defaultTileSize) {
  const border = upscaler.margin + context(upscaler)
  return {
    border,
    vertical: planAxis(height, border, tileSize, upscaler.fixedSize?.height),
    horizontal: planAxis(width, border, tileSize, upscaler.fixedSize?.width),
  }
}

/**
 * @param image - values 0 to 1; the first three channels are used
 * @returns the batch at `scale` times the size, three channels, values 0 to 1
 * @throws NodeError when the result does not fit into memory, and what `onTile` throws
 */
export async function upscaleImage(
  image: ImageTensor,
  upscaler: Upscaler,
  { tileSize = defaultTileSize, onTile }: UpscaleOptions,
): Promise<ImageTensor> {
  const [batch, height, width] = image.shape
  const { scale } = upscaler
  const result = allocate(batch, height * scale, width * scale)
  const { border, vertical, horizontal } = planTiles(upscaler, height, width, tileSize)
  const input = new Float32Array(3 * vertical.size * horizontal.size)
  const total = batch * vertical.starts.length * horizontal.starts.length
  let done = 0
  for (let batchIndex = 0; batchIndex < batch; batchIndex += 1) {
    for (const [row, top] of vertical.starts.entries()) {
      for (const [column, left] of horizontal.starts.entries()) {
        const window = { left: left - border, top: top - border, width: horizontal.size, height: vertical.size }
        readWindow(image, batchIndex, window, input)
        const output = await runTile(upscaler, input, vertical.size, horizontal.size)
        placeTile(result, batchIndex, upscaler, output, {
          y: placement(vertical, row, height, upscaler),
          x: placement(horizontal, column, width, upscaler),
        })
        done += 1
        await onTile({
          done,
          total,
          batchIndex,
          picture: {
            data: result.data,
            offset: batchIndex * result.shape[1] * result.shape[2] * 3,
            width: result.shape[2],
            height: result.shape[1],
            channels: 3,
          },
          part: {
            left: left / width,
            top: top / height,
            right: Math.min(1, (left + horizontal.core) / width),
            bottom: Math.min(1, (top + vertical.core) / height),
          },
        })
      }
    }
  }
  return result
}

function context({ margin }: Upscaler): number {
  return margin > 0 ? contextWithMargin : contextWithoutMargin
}

function allocate(batch: number, height: number, width: number): ImageTensor {
  try {
    return createImage(batch, height, width, 3)
  } catch {
    const gigabytes = ((batch * height * width * 3 * 4) / 1e9).toFixed(1)
    throw new NodeError(
      `${batch} pictures of ${width} x ${height} take ${gigabytes} GB: too many to hold at once`,
      'OutOfMemoryError',
    )
  }
}

/** @returns planes at `scale` times the tile less its margin */
async function runTile(upscaler: Upscaler, input: Float32Array, height: number, width: number): Promise<Float32Array> {
  const { session, inputName, outputName, scale, margin } = upscaler
  const tensor = createFloatTensor(input, [1, 3, height, width])
  const output = (await session.run({ [inputName]: tensor }, [outputName]))[outputName]
  const expected = 3 * scale * (height - 2 * margin) * scale * (width - 2 * margin)
  if (!(output?.data instanceof Float32Array) || output.data.length !== expected) {
    throw new NodeError('the upscale model made a picture of another size than before', 'RuntimeError')
  }
  return output.data
}

/** Where one tile goes along one axis, in output pixels. */
interface Placement {
  /** First and last-but-one pixel of the result that this tile writes. */
  from: number
  to: number
  /** Position of `from` in the tile's output, and the output's length. */
  source: number
  length: number
  /** The tile takes over from the one before between `from` and `fadeEnd`. */
  fadeEnd: number
}

function placement(plan: AxisPlan, index: number, length: number, upscaler: Upscaler): Placement {
  const { scale, margin } = upscaler
  const start = plan.starts[index]!
  const shared = context(upscaler)
  // A tile begins to fade in before its core; where the one before ended differs for a last tile that was moved back.
  const previousEnd = index === 0 ? 0 : plan.starts[index - 1]! + plan.core
  const from = index === 0 ? 0 : Math.max(start - shared, previousEnd - fade)
  const fadeEnd = index === 0 ? 0 : Math.min(previousEnd + fade, length)
  const isLast = index === plan.starts.length - 1
  // What reaches beyond the core is kept for the next tile to fade over.
  const to = isLast ? length : Math.min(length, start + plan.core + fade)
  return {
    from: from * scale,
    to: to * scale,
    source: (from - (start - shared)) * scale,
    length: (plan.size - 2 * margin) * scale,
    fadeEnd: fadeEnd * scale,
  }
}

function placeTile(
  result: ImageTensor,
  batchIndex: number,
  upscaler: Upscaler,
  output: Float32Array,
  { x, y }: { x: Placement; y: Placement },
): void {
  const [, height, width] = result.shape
  const plane = x.length * y.length
  if (output.length !== 3 * plane) throw new RangeError(`a tile of ${upscaler.scale} x has an unexpected size`)
  const fadeX = Float32Array.from({ length: x.to - x.from }, (_, offset) => fadeWeight(x, x.from + offset))
  for (let row = y.from; row < y.to; row += 1) {
    const weightY = fadeWeight(y, row)
    const sourceRow = (y.source + row - y.from) * x.length + x.source
    let target = ((batchIndex * height + row) * width + x.from) * 3
    for (let offset = 0; offset < fadeX.length; offset += 1, target += 3) {
      const weight = weightY * fadeX[offset]!
      for (let channel = 0; channel < 3; channel += 1) {
        const value = clamp(output[channel * plane + sourceRow + offset]!)
        const before = result.data[target + channel]!
        result.data[target + channel] = weight === 1 ? value : before + (value - before) * weight
      }
    }
  }
}

/** 0 at the beginning of the shared strip, 1 from its end on. */
function fadeWeight({ from, fadeEnd }: Placement, position: number): number {
  if (position >= fadeEnd) return 1
  return (position - from + 0.5) / (fadeEnd - from)
}

function clamp(value: number): number {
  // NaN becomes 0: a network that overflows must not poison the file that is written from this.
  return value > 0 ? Math.min(value, 1) : 0
}
