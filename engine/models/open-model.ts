/** @file Opens one model file: identifies it, builds or checks its graph, makes the runtime's session. Caches nothing. */
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { NodeError } from '../nodes/define.ts'
import { identifyModelFile, type ModelFormat } from './identify-file.ts'
import { buildNcnnModel } from './ncnn/build-model.ts'
import { checkOnnxFile } from './onnx/check-file.ts'
import { networkSettings } from './runtime/network-settings.ts'
import type { Runtime, RuntimeSession } from './runtime/session.ts'
import { runtimeError } from './runtime-error.ts'
import { readSafetensors } from './safetensors/read-safetensors.ts'
import type { NetworkSource } from './store.ts'
import { describeUpscaler } from './upscale/detect-network.ts'

export interface OpenedModel {
  native: RuntimeSession
  format: ModelFormat
  /** Estimate of what the session keeps resident. */
  bytes: number
}

/**
 * Resident bytes per byte of weights: the runtime holds them as they came and packed for its kernels. Measured on the
 * CPU: RIFE 1.8, ISNet 2.1.
 */
const residentFactor = 2

/** Text of a network; RIFE's has 17 kB. */
const maxParamBytes = 8 * 1024 * 1024
/** The graph is one protobuf message, which ends at 2 GiB; halves double when they are widened. */
const maxWeightBytes = 900 * 1024 * 1024

export interface OpenOptions {
  runtime: Runtime
  /** `cpu` or `cuda:<index>` */
  device: string
  threads: number
}

/** @throws NodeError naming the file when it is missing, damaged, of an unsupported format or a pickle */
export async function openModel(path: string, { runtime, device, threads }: OpenOptions): Promise<OpenedModel> {
  const fileName = basename(path)
  await requireFile(path, fileName)
  const format = await identifyModelFile(path, fileName)
  if (format === 'safetensors') {
    const network = describeUpscaler(await readSafetensors(path), device)
    return openNetwork(network, { runtime, device, threads })
  }
  const source = format === 'ncnn' ? await readNcnn(path, fileName) : await readOnnx(path, fileName)
  try {
    const native = await runtime.open(source.model, { device, threads })
    return { native, format, bytes: source.weightBytes * residentFactor }
  } catch (error) {
    throw runtimeError(`${fileName} cannot be opened`, error)
  }
}

/** Opens a network that this engine builds itself. @throws NodeError with the network's label, and what `build` throws */
export async function openNetwork(
  source: NetworkSource,
  { runtime, device, threads }: OpenOptions,
): Promise<OpenedModel> {
  const model = await source.build()
  try {
    const native = await runtime.open(model, networkSettings(device, threads, source.options))
    return { native, format: 'safetensors', bytes: source.bytes }
  } catch (error) {
    throw runtimeError(`${source.label} cannot be opened`, error)
  }
}

/** The files that make up a model, whose identity tells whether it changed. */
export function modelFiles(path: string): string[] {
  const weights = weightsBeside(path)
  return weights ? [path, weights] : [path]
}

function weightsBeside(path: string): string | null {
  return path.toLowerCase().endsWith('.param') ? `${path.slice(0, -'.param'.length)}.bin` : null
}

async function readNcnn(path: string, fileName: string): Promise<{ model: Uint8Array; weightBytes: number }> {
  const weightsPath = weightsBeside(path)
  if (!weightsPath) throw new NodeError(`${fileName} is an ncnn network: its name should end in .param`)
  const weightsName = basename(weightsPath)
  const { size } = await requireFile(weightsPath, weightsName, `${fileName} needs its weights beside it`)
  if ((await stat(path)).size > maxParamBytes) throw new NodeError(`${fileName} is too large for a network's text`)
  if (size > maxWeightBytes) throw new NodeError(`${weightsName} is too large: ${size} bytes`)
  const [param, bin] = await Promise.all([readFile(path, 'utf8'), readFile(weightsPath)])
  const model = buildNcnnModel({ param, bin, paramName: fileName, binName: weightsName })
  return { model, weightBytes: model.byteLength }
}

async function readOnnx(path: string, fileName: string): Promise<{ model: string; weightBytes: number }> {
  const { bytes } = await checkOnnxFile(path, fileName)
  return { model: path, weightBytes: bytes }
}

async function requireFile(path: string, fileName: string, otherwise = `${fileName} does not exist`) {
  const stats = await stat(path).catch(() => null)
  if (!stats) throw new NodeError(otherwise, 'FileNotFoundError')
  if (!stats.isFile()) throw new NodeError(`${fileName} is not a file`)
  return stats
}
