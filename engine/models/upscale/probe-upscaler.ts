/**
 * @file Finds out what an upscaling network does to sizes, by asking the network: some enlarge what they get, some
 * also eat a margin on every side (unpadded convolutions). File names say nothing here.
 */
import { NodeError } from '../../nodes/define.ts'
import { createFloatTensor } from '../runtime/tensor.ts'
import type { ModelSession } from '../store.ts'

export interface Upscaler {
  session: ModelSession
  inputName: string
  outputName: string
  /** Output pixels per input pixel, 1 for networks that only clean. */
  scale: number
  /** Input pixels that are lost on every side: the output shows `size - 2 * margin`. */
  margin: number
  /** Height and width that the network insists on, or null when it takes any. */
  fixedSize: { height: number; width: number } | null
}

/** Two sizes make two equations; both are multiples of 32, which networks with a grid of their own accept. */
const probeSizes = [96, 128] as const
const maxScale = 16

/**
 * @param fileName - for messages
 * @throws NodeError when the network is no upscaler: not one picture in and one picture out, or an odd relation
 */
export async function probeUpscaler(session: ModelSession, fileName: string): Promise<Upscaler> {
  const [inputName] = session.inputNames
  const [outputName] = session.outputNames
  if (session.inputNames.length !== 1 || inputName === undefined || outputName === undefined) {
    throw notAnUpscaler(fileName, `it takes ${session.inputNames.length} inputs`)
  }
  const shape = session.inputShapes[inputName] ?? []
  if (shape.length !== 4 || shape[1] !== 3) throw notAnUpscaler(fileName, 'it does not take RGB pictures')
  const [height, width] = [shape[2], shape[3]]
  const fixedSize =
    typeof height === 'number' && typeof width === 'number' && height > 0 && width > 0 ? { height, width } : null
  const network = { session, inputName, outputName, fixedSize }
  const relation = fixedSize ? await relateFixed(network, fixedSize, fileName) : await relateFree(network, fileName)
  const { scale, margin } = relation
  if (!Number.isInteger(scale) || scale < 1 || scale > maxScale || !Number.isInteger(margin) || margin < 0) {
    throw notAnUpscaler(fileName, `its output is ${scale} times the size, less ${margin} pixels on every side`)
  }
  return { ...network, scale, margin }
}

type Network = Pick<Upscaler, 'session' | 'inputName' | 'outputName'>

/** `output = scale * (input - 2 * margin)`, solved from two sizes. */
async function relateFree(network: Network, fileName: string) {
  const [small, large] = probeSizes
  const smallOutput = await outputSize(network, small, small, fileName)
  const largeOutput = await outputSize(network, large, large, fileName)
  const scale = (largeOutput.height - smallOutput.height) / (large - small)
  return { scale, margin: (small - smallOutput.height / scale) / 2 }
}

/** One size only: a whole ratio is a scale without a margin. */
async function relateFixed(network: Network, { height, width }: { height: number; width: number }, fileName: string) {
  const output = await outputSize(network, height, width, fileName)
  if (output.height / height !== output.width / width) throw notAnUpscaler(fileName, 'it changes the proportions')
  return { scale: output.height / height, margin: 0 }
}

async function outputSize(
  { session, inputName, outputName }: Network,
  height: number,
  width: number,
  fileName: string,
) {
  const input = createFloatTensor(new Float32Array(3 * height * width).fill(0.5), [1, 3, height, width])
  const output = (await session.run({ [inputName]: input }, [outputName]))[outputName]
  const dimensions = output?.dims ?? []
  if (dimensions.length !== 4 || dimensions[1] !== 3) throw notAnUpscaler(fileName, 'it does not make RGB pictures')
  return { height: dimensions[2]!, width: dimensions[3]! }
}

function notAnUpscaler(fileName: string, reason: string): NodeError {
  return new NodeError(`${fileName} is not an upscale model: ${reason}`)
}
