/**
 * @file The background removal networks this engine knows, told apart by their input: how a picture goes in, how the
 * mask comes out. A mask is 1 where the foreground is.
 */
import { resample } from '../../images/resample.ts'
import { NodeError } from '../../nodes/define.ts'
import { createMask, type ImageTensor, type MaskTensor } from '../../tensor.ts'
import { createFloatTensor } from '../runtime.ts'
import type { ModelSession } from '../store.ts'
import { applyGuidedFilter, fitGuidedFilter } from './guided-filter.ts'

interface NetworkKind {
  title: string
  /** Layout of the input: `planes` is batch, channel, height, width; `pixels` is batch, height, width, channel. */
  layout: 'planes' | 'pixels'
  size: number
  /** Colour value 0 to 1 to what the network was trained on. */
  normalize: (value: number) => number
  /** The name of the output that is asked for; the network's only output when absent. */
  outputName?: string
  /** The mask is coarse and gets its edge from the picture. */
  refine: boolean
}

const kinds: readonly NetworkKind[] = [
  {
    title: 'ISNet',
    layout: 'planes',
    size: 1024,
    // (v - 128) / 256 on 0 to 255
    normalize: (value) => (value * 255 - 128) / 256,
    // Asking for the other stages as well would only cost memory.
    outputName: 'output',
    refine: false,
  },
  { title: 'MediaPipe selfie', layout: 'pixels', size: 256, normalize: (value) => value, refine: true },
]

/** Window and flatness of the refinement, at {@link refineSide}. */
const refineRadius = 8
const refineEpsilon = 1e-4
/** Longer side at which the mask is fitted to the picture; the fit is then applied at full size. */
const refineSide = 512

export interface BackgroundRemover {
  session: ModelSession
  kind: NetworkKind
  inputName: string
  outputName: string
}

/**
 * @param fileName - for messages
 * @throws NodeError when the network is none that this engine knows
 */
export function requireBackgroundRemover(session: ModelSession, fileName: string): BackgroundRemover {
  const [inputName] = session.inputNames
  const shape = inputName === undefined ? [] : (session.inputShapes[inputName] ?? [])
  const kind = kinds.find(({ layout, size, outputName }) => {
    const expected = layout === 'planes' ? [3, size, size] : [size, size, 3]
    const hasOutput = outputName ? session.outputNames.includes(outputName) : session.outputNames.length === 1
    return session.inputNames.length === 1 && shape.slice(1).join() === expected.join() && hasOutput
  })
  const outputName = kind?.outputName ?? session.outputNames[0]
  if (!kind || inputName === undefined || outputName === undefined) {
    const known = kinds.map(({ title }) => title).join(' and ')
    throw new NodeError(`${fileName} is not a background removal model that this engine knows (${known})`)
  }
  return { session, kind, inputName, outputName }
}

/**
 * @param image - values 0 to 1; the first three channels are used
 * @param onPicture - called after every picture of the batch with the mask so far
 */
export async function findForeground(
  image: ImageTensor,
  remover: BackgroundRemover,
  onPicture: (done: number, total: number, mask: Float32Array) => Promise<void>,
): Promise<MaskTensor> {
  const [batch, height, width, channels] = image.shape
  const result = createMask(batch, height, width)
  const pixels = height * width
  for (let index = 0; index < batch; index += 1) {
    const offset = index * pixels * channels
    const picture = onlyColor(image.data.subarray(offset, offset + pixels * channels), channels)
    const coarse = await runNetwork(picture, [height, width], remover)
    const mask = remover.kind.refine
      ? refineMask(picture, [height, width], coarse, remover.kind.size)
      : resample(coarse, [remover.kind.size, remover.kind.size, 1], height, width, 'bilinear')
    for (let pixel = 0; pixel < pixels; pixel += 1) {
      const value = mask[pixel]!
      result.data[index * pixels + pixel] = value > 0 ? Math.min(value, 1) : 0
    }
    await onPicture(index + 1, batch, result.data.subarray(index * pixels, (index + 1) * pixels))
  }
  return result
}

/** @returns the mask at the network's own size */
async function runNetwork(
  picture: Float32Array,
  [height, width]: readonly [number, number],
  { session, kind, inputName, outputName }: BackgroundRemover,
): Promise<Float32Array> {
  const { size, layout, normalize } = kind
  const square = resize(picture, [height, width, 3], size, size)
  const pixels = size * size
  const input = new Float32Array(pixels * 3)
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      const value = normalize(square[pixel * 3 + channel]!)
      input[layout === 'planes' ? channel * pixels + pixel : pixel * 3 + channel] = value
    }
  }
  const dimensions = layout === 'planes' ? [1, 3, size, size] : [1, size, size, 3]
  const tensor = await createFloatTensor(input, dimensions)
  const output = (await session.run({ [inputName]: tensor }, [outputName]))[outputName]
  if (!(output?.data instanceof Float32Array) || output.data.length !== pixels) {
    throw new NodeError('the background removal model made a mask of another size', 'RuntimeError')
  }
  return output.data
}

/** Fits the coarse mask to the picture where it is small, applies the fit where it is large. */
function refineMask(
  picture: Float32Array,
  [height, width]: readonly [number, number],
  coarse: Float32Array,
  coarseSize: number,
): Float32Array {
  const shrink = Math.min(1, refineSide / Math.max(height, width))
  const small = [Math.max(1, Math.round(height * shrink)), Math.max(1, Math.round(width * shrink))] as const
  const guide = resize(picture, [height, width, 3], ...small)
  const mask = resample(coarse, [coarseSize, coarseSize, 1], ...small, 'bilinear')
  const fit = fitGuidedFilter(guide, mask, small, refineRadius, refineEpsilon)
  const largeFit = resample(fit, [...small, 4], height, width, 'bilinear')
  return applyGuidedFilter(picture, { offset: 0, channels: 3, pixels: height * width }, largeFit)
}

/** By area where the picture shrinks, so that nothing is skipped; bilinear where it grows. */
function resize(
  source: Float32Array,
  shape: readonly [number, number, number],
  newHeight: number,
  newWidth: number,
): Float32Array {
  const [height, width, channels] = shape
  const narrow = resample(source, shape, height, newWidth, newWidth < width ? 'area' : 'bilinear')
  return resample(narrow, [height, newWidth, channels], newHeight, newWidth, newHeight < height ? 'area' : 'bilinear')
}

function onlyColor(pixels: Float32Array, channels: number): Float32Array {
  if (channels === 3) return pixels
  const color = new Float32Array((pixels.length / channels) * 3)
  for (let from = 0, to = 0; from < pixels.length; from += channels, to += 3) {
    color[to] = pixels[from]!
    color[to + 1] = pixels[from + 1]!
    color[to + 2] = pixels[from + 2]!
  }
  return color
}
