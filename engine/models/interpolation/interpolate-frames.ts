/**
 * @file RIFE: makes the frames between two frames. One run per new frame; the network sees whole frames, so memory
 * grows with the picture (measured: 130 MB at 512 x 512, 380 MB at 1024 x 1024).
 */
import { NodeError } from '../../nodes/define.ts'
import { createImage, type ImageTensor } from '../../tensor.ts'
import { readWindow } from '../mirror.ts'
import type { PixelSource } from '../preview-canvas.ts'
import { createFloatTensor } from '../runtime/tensor.ts'
import type { ModelSession } from '../store.ts'

export interface FrameInterpolator {
  session: ModelSession
  outputName: string
}

/** The network works at an eighth of the size and halves it twice more. */
const grid = 32
/** RIFE's inputs, as all its ncnn and ONNX exports name them: two frames, and the time as a plane. */
const [firstName, secondName, timeName] = ['in0', 'in1', 'in2'] as const

/**
 * Recognizes RIFE by its inputs.
 * @param fileName - for messages
 * @throws NodeError when the network is something else
 */
export function requireFrameInterpolator(session: ModelSession, fileName: string): FrameInterpolator {
  const [outputName] = session.outputNames
  const channels = [firstName, secondName, timeName].map((name) => session.inputShapes[name]?.[1])
  if (outputName === undefined || session.inputNames.length !== 3 || channels.join() !== '3,3,1') {
    throw new NodeError(`${fileName} is not a frame interpolation model: only RIFE 4 (in0, in1, in2) is known`)
  }
  return { session, outputName }
}

export interface FrameProgress {
  done: number
  total: number
  /** The frame that was just made. */
  frame: PixelSource
}

/**
 * @param images - at least two frames, values 0 to 1; the first three channels are used
 * @param multiplier - new frames per pair, plus one
 * @param onFrame - called after every new frame; the place to report, to stop, to let others run
 * @returns `(frames - 1) * multiplier + 1` frames of three channels: the given ones, unchanged, with new ones between
 */
export async function interpolateFrames(
  images: ImageTensor,
  multiplier: number,
  interpolator: FrameInterpolator,
  onFrame: (progress: FrameProgress) => Promise<void>,
): Promise<ImageTensor> {
  const [frames, height, width] = images.shape
  const result = createImage((frames - 1) * multiplier + 1, height, width, 3)
  const padded = { left: 0, top: 0, width: roundUp(width), height: roundUp(height) }
  const pixels = padded.width * padded.height
  let first = new Float32Array(3 * pixels)
  let second = new Float32Array(3 * pixels)
  const time = new Float32Array(pixels)
  const frameLength = height * width * 3
  const total = (frames - 1) * (multiplier - 1)
  let done = 0

  readWindow(images, 0, padded, first)
  copyFrame(images, 0, result, 0)
  for (let pair = 0; pair < frames - 1; pair += 1) {
    readWindow(images, pair + 1, padded, second)
    for (let step = 1; step < multiplier; step += 1) {
      time.fill(step / multiplier)
      const output = await runPair(interpolator, first, second, time, padded)
      const index = pair * multiplier + step
      writeFrame(output, padded, result, index)
      done += 1
      const frame = { data: result.data, offset: index * frameLength, width, height, channels: 3 }
      await onFrame({ done, total, frame })
    }
    copyFrame(images, pair + 1, result, (pair + 1) * multiplier)
    ;[first, second] = [second, first]
  }
  return result
}

async function runPair(
  { session, outputName }: FrameInterpolator,
  first: Float32Array,
  second: Float32Array,
  time: Float32Array,
  { width, height }: { width: number; height: number },
): Promise<Float32Array> {
  const results = await session.run(
    {
      [firstName]: createFloatTensor(first, [1, 3, height, width]),
      [secondName]: createFloatTensor(second, [1, 3, height, width]),
      [timeName]: createFloatTensor(time, [1, 1, height, width]),
    },
    [outputName],
  )
  const data = results[outputName]?.data
  if (!(data instanceof Float32Array) || data.length !== 3 * width * height) {
    throw new NodeError('the frame interpolation model made a frame of another size', 'RuntimeError')
  }
  return data
}

/** Planes to pixels, without the padding, clamped. */
function writeFrame(
  planes: Float32Array,
  padded: { width: number; height: number },
  result: ImageTensor,
  index: number,
): void {
  const [, height, width] = result.shape
  const plane = padded.width * padded.height
  let target = index * height * width * 3
  for (let y = 0; y < height; y += 1) {
    let source = y * padded.width
    for (let x = 0; x < width; x += 1, source += 1, target += 3) {
      for (let channel = 0; channel < 3; channel += 1) {
        const value = planes[channel * plane + source]!
        result.data[target + channel] = value > 0 ? Math.min(value, 1) : 0
      }
    }
  }
}

function copyFrame(images: ImageTensor, from: number, result: ImageTensor, to: number): void {
  const [, height, width, channels] = images.shape
  const pixels = height * width
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const source = (from * pixels + pixel) * channels
    const target = (to * pixels + pixel) * 3
    for (let channel = 0; channel < 3; channel += 1) result.data[target + channel] = images.data[source + channel]!
  }
}

function roundUp(size: number): number {
  return Math.ceil(size / grid) * grid
}
