/**
 * @file The background removal networks this engine knows, told apart by their input: how a picture goes in, how the
 * mask comes out. A mask is 1 where the foreground is.
 */
import { resampleSteps } from '../../images/resample.ts'
import { fillSteps, type Pause, runSteps, type Steps } from '../../images/steps.ts'
import { NodeError } from '../../nodes/define.ts'
import { createMask, type ImageTensor, type MaskTensor } from '../../tensor.ts'
import { createFloatTensor } from '../runtime/tensor.ts'
import type { ModelSession } from '../store.ts'
import { applyGuidedFilter, boxMean, fitGuidedFilter } from './guided-filter.ts'

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
/** How soon the refinement takes over where a window holds both foreground and background. */
const edgeSteepness = 16

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

export interface ForegroundOptions {
  /** Called every few milliseconds of arithmetic, so that messages and interruption come through. */
  pause: Pause
  /** Called after every picture of the batch with its mask. */
  onPicture: (done: number, total: number, mask: Float32Array) => Promise<void>
}

/**
 * @param image - values 0 to 1; the first three channels are used
 * @returns 1 on the foreground, 0 on the background
 */
export async function findForeground(
  image: ImageTensor,
  remover: BackgroundRemover,
  { pause, onPicture }: ForegroundOptions,
): Promise<MaskTensor> {
  const [batch, height, width, channels] = image.shape
  const { size, refine } = remover.kind
  const result = createMask(batch, height, width)
  const pixels = height * width
  for (let index = 0; index < batch; index += 1) {
    const values = image.data.subarray(index * pixels * channels, (index + 1) * pixels * channels)
    const picture = await runSteps(onlyColor(values, channels), pause)
    const coarse = await runNetwork(picture, [height, width], remover, pause)
    const mask = refine
      ? await runSteps(refineMask(picture, [height, width], coarse, size), pause)
      : await runSteps(resampleSteps(coarse, [size, size, 1], height, width, 'bilinear'), pause)
    const target = result.data.subarray(index * pixels, (index + 1) * pixels)
    await runSteps(
      fillSteps(target, (pixel) => clamp(mask[pixel]!)),
      pause,
    )
    await onPicture(index + 1, batch, target)
  }
  return result
}

/** @returns the mask at the network's own size */
async function runNetwork(
  picture: Float32Array,
  [height, width]: readonly [number, number],
  { session, kind, inputName, outputName }: BackgroundRemover,
  pause: Pause,
): Promise<Float32Array> {
  const { size, layout, normalize } = kind
  const square = await runSteps(resize(picture, [height, width, 3], size, size), pause)
  const pixels = size * size
  const input = new Float32Array(pixels * 3)
  const from = (index: number) => (layout === 'pixels' ? index : (index % pixels) * 3 + Math.floor(index / pixels))
  await runSteps(
    fillSteps(input, (index) => normalize(square[from(index)]!)),
    pause,
  )
  const dimensions = layout === 'planes' ? [1, 3, size, size] : [1, size, size, 3]
  const tensor = createFloatTensor(input, dimensions)
  const output = (await session.run({ [inputName]: tensor }, [outputName]))[outputName]
  if (!(output?.data instanceof Float32Array) || output.data.length !== pixels) {
    throw new NodeError('the background removal model made a mask of another size', 'RuntimeError')
  }
  return output.data
}

/**
 * Fits the coarse mask to the picture where it is small, applies the fit where it is large. Only near the mask's edge:
 * far from it the network is sure, and patterns of the picture (a dark badge on a suit) must not thin the mask.
 */
function* refineMask(
  picture: Float32Array,
  [height, width]: readonly [number, number],
  coarse: Float32Array,
  coarseSize: number,
): Steps<Float32Array> {
  const shrink = Math.min(1, refineSide / Math.max(height, width))
  const small = [Math.max(1, Math.round(height * shrink)), Math.max(1, Math.round(width * shrink))] as const
  const guide = yield* resize(picture, [height, width, 3], ...small)
  const mask = yield* resampleSteps(coarse, [coarseSize, coarseSize, 1], ...small, 'bilinear')
  const fit = yield* fitGuidedFilter(guide, mask, small, refineRadius, refineEpsilon)
  const nearEdge = boxMean(mask, ...small, 2 * refineRadius).map((mean) =>
    Math.min(1, edgeSteepness * mean * (1 - mean)),
  )
  const largeFit = yield* resampleSteps(fit, [...small, 4], height, width, 'bilinear')
  const refined = yield* applyGuidedFilter(picture, { offset: 0, channels: 3, pixels: height * width }, largeFit)
  const plain = yield* resampleSteps(coarse, [coarseSize, coarseSize, 1], height, width, 'bilinear')
  const weight = yield* resampleSteps(nearEdge, [...small, 1], height, width, 'bilinear')
  yield* fillSteps(refined, (pixel) => plain[pixel]! + (refined[pixel]! - plain[pixel]!) * weight[pixel]!)
  return refined
}

/** By area where the picture shrinks, so that nothing is skipped; bilinear where it grows. */
function* resize(
  source: Float32Array,
  shape: readonly [number, number, number],
  newHeight: number,
  newWidth: number,
): Steps<Float32Array> {
  const [height, width, channels] = shape
  const narrow = yield* resampleSteps(source, shape, height, newWidth, newWidth < width ? 'area' : 'bilinear')
  const kernel = newHeight < height ? 'area' : 'bilinear'
  return yield* resampleSteps(narrow, [height, newWidth, channels], newHeight, newWidth, kernel)
}

function* onlyColor(values: Float32Array, channels: number): Steps<Float32Array> {
  if (channels === 3) return values
  const color = new Float32Array((values.length / channels) * 3)
  yield* fillSteps(color, (index) => values[Math.floor(index / 3) * channels + (index % 3)]!)
  return color
}

function clamp(value: number): number {
  return value > 0 ? Math.min(value, 1) : 0
}
