/**
 * @file Makes a {@link NetworkSource} of a builder and its weights: the store's key, what it will hold in memory, and the
 * graph, built when it is opened.
 */
import { OnnxGraph } from '../onnx/graph-builder.ts'
import { requireUnchanged, type SafetensorsFile } from '../safetensors/read-safetensors.ts'
import type { FeedShapes, NetworkOptions, NetworkSource } from '../store.ts'
import { Layers, type SideBranches } from './layers.ts'
import type { TensorSource } from './tensor-source.ts'
import { type Precision, WeightProvider } from './weight-provider.ts'

/** What changes the layers of a network: LoRAs. */
export interface BranchSet {
  /** Equal for sets that make the same graph. */
  identity: string
  /** Where their weights lie. */
  files?: readonly SafetensorsFile[]
  create(): SideBranches
}

export interface NetworkDescription {
  /** What builds it, e.g. `unet`. */
  kind: string
  /** What people call it, where the file holds more than one network: `UNet`. */
  part?: string
  /** Bytes that a run takes beside the weights, by the shapes of its feeds; those of converting weights aside. */
  workingBytes?: (shapes: FeedShapes) => number
  /** See {@link NetworkSource.memoryAdvice}. */
  memoryAdvice?: string
  /** Everything but the weights that decides the graph; plain data. */
  config: unknown
  source: TensorSource
  /** `cpu` or `cuda:<index>` */
  device: string
  /** @default 'float32' */
  precision?: Precision
  branches?: BranchSet
  options?: NetworkOptions
  /** Declares inputs and outputs and adds the layers. */
  build(layers: Layers): void
}

export function describeNetwork(description: NetworkDescription): NetworkSource {
  const { kind, config, source, precision = 'float32', branches, options } = description
  return {
    key: JSON.stringify([kind, config, precision, options ?? null, source.identity, branches?.identity ?? null]),
    label: source.label,
    part: description.part,
    bytes: estimateBytes(description),
    workingBytes: (shapes) => (description.workingBytes?.(shapes) ?? 0) + conversionBytes(description),
    memoryAdvice: description.memoryAdvice,
    options,
    async build() {
      await Promise.all([...source.files, ...(branches?.files ?? [])].map(requireUnchanged))
      return buildGraph(description)
    },
  }
}

/** The protobuf. @throws NodeError naming the file when a tensor is missing or does not fit */
export function buildGraph({ source, precision, branches, build }: NetworkDescription): Uint8Array {
  const graph = new OnnxGraph({ operatorSet: 20, microsoft: true })
  build(new Layers(new WeightProvider({ graph, source, precision }), branches?.create()))
  return graph.finish()
}

/**
 * Resident bytes while it is open. On the CPU weights stay mapped in their file and the system may drop them at any
 * time, so they hardly count (measured: 0.1 GB for SD 1.5's UNet) unless the options ask for copies; those are two, one
 * as the file has it or converted and one packed. Elsewhere they are uploaded.
 */
function estimateBytes({ source, device, options }: NetworkDescription): number {
  const base = 32e6
  if (device !== 'cpu') return base + source.bytes
  const copies = (options?.prepack ? 1 : 0) + (options?.foldConstants || options?.layout === 'all' ? 1 : 0)
  return base + source.bytes * Math.max(0.05, copies)
}

/**
 * On the CPU weights of another type are converted as the network runs, each when it is needed. Measured with SD 1.5's UNet in
 * half precision: 0.28 GB for 3.4 GB of weights as they are converted.
 */
function conversionBytes({ source, device, precision = 'float32', options }: NetworkDescription): number {
  const isConverted = device === 'cpu' && precision === 'float32' && options?.foldConstants !== true
  return isConverted ? 0.08 * source.convertedBytes : 0
}
