/**
 * @file Where a network's tensors lie: names as the builders use them, answered with a place in a file. Several files,
 * prefixes, other names for the same thing and patched weights are all sources over sources.
 */
import { dtypeBytes } from '../safetensors/dtypes.ts'
import type { SafetensorsEntry, SafetensorsFile } from '../safetensors/read-safetensors.ts'

export interface FoundTensor {
  file: SafetensorsFile
  /** As the file calls it, for messages. */
  name: string
  entry: SafetensorsEntry
}

export interface TensorSource {
  /** The file's name (or names), for messages. */
  label: string
  /** Tells it from every other source, also when a file behind it is replaced. */
  identity: string
  files: readonly SafetensorsFile[]
  /** Of all tensors that it may be asked for. */
  bytes: number
  /** Of those of them that are not of single precision: what they are once they have been converted to it. */
  convertedBytes: number
  /** @param key - the builders' name; @param shape - what the network needs, for sources that make tensors up */
  find(key: string, shape: readonly number[]): FoundTensor | undefined
  /** Whether the tensor is there, without asking for a shape. */
  has(key: string): boolean
}

/** @param nameOf - the file's name of a tensor; by default the same, behind `prefix` */
export function fileSource(
  file: SafetensorsFile,
  { prefix = '', nameOf = (key: string) => key }: { prefix?: string; nameOf?: (key: string) => string } = {},
): TensorSource {
  const find = (key: string): FoundTensor | undefined => {
    const name = prefix + nameOf(key)
    const entry = file.tensors.get(name)
    return entry && { file, name, entry }
  }
  const entries = [...file.tensors].filter(([name]) => name.startsWith(prefix)).map(([, entry]) => entry)
  return {
    label: file.name,
    identity: `${file.path}:${file.identity}:${prefix}`,
    files: [file],
    bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
    convertedBytes: entries.reduce(
      (sum, { dtype, bytes }) => sum + (dtype === 'F32' ? 0 : (bytes / dtypeBytes[dtype]) * dtypeBytes.F32),
      0,
    ),
    find,
    has: (key) => find(key) !== undefined,
  }
}

/** Answers every question with zeros of the right shape, and remembers the questions: what a network is made of. */
export function recordingSource(label = 'recording'): TensorSource & { asked: Map<string, readonly number[]> } {
  const asked = new Map<string, readonly number[]>()
  const file: SafetensorsFile = {
    path: '/recording',
    name: label,
    size: 0,
    identity: 'recording',
    metadata: {},
    tensors: new Map(),
  }
  return {
    label,
    identity: 'recording',
    files: [],
    bytes: 0,
    convertedBytes: 0,
    asked,
    has: () => false,
    find(key, shape) {
      asked.set(key, shape)
      const bytes = shape.reduce((product, size) => product * size, 4)
      return { file, name: key, entry: { dtype: 'F32', shape, offset: 0, bytes } }
    },
  }
}
