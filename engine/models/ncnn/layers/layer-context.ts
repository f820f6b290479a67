/**
 * @file What a layer kind sees while it is turned into ONNX operators: its parameters (judged as they are read), the
 * shapes of what it reads, the graph to add to, the weights to take.
 */
import { NodeError } from '../../../nodes/define.ts'
import type { OnnxGraph } from '../../onnx/graph-builder.ts'
import type { NcnnLayer } from '../param-file.ts'
import type { WeightReader } from '../weight-reader.ts'

/**
 * What is known of a blob before any picture is there. Heights and widths are known relative to the network's input
 * only, and only roughly (borders come and go), which is enough to refuse networks that would explode.
 */
export interface BlobShape {
  channels: number
  /** Height and width as multiples of the input's. */
  scaleY: number
  scaleX: number
  /** One value per channel (after global pooling), height and width 1. */
  isVector: boolean
}

/** A blob: the ONNX value that holds it, laid out batch, channels, height, width. */
export interface Blob {
  value: string
  shape: BlobShape
}

/** Turns one layer into operators. @returns the blob of each of its outputs; one blob stands for all of them */
export type LayerKind = (layer: LayerContext) => Blob

/** Per input pixel: 64 channels at four times the size (Real-ESRGAN) are 1024. */
const maxValuesPerPixel = 16_384
const maxChannels = 8192

export class LayerContext {
  readonly graph: OnnxGraph
  readonly weights: WeightReader
  readonly inputs: readonly Blob[]
  readonly name: string
  readonly #layer: NcnnLayer
  readonly #fileName: string
  readonly #shared: Map<string, string>

  constructor(options: {
    layer: NcnnLayer
    fileName: string
    graph: OnnxGraph
    weights: WeightReader
    inputs: readonly Blob[]
    /** Values that layers of one network share, by a key of their own. */
    shared: Map<string, string>
  }) {
    this.#layer = options.layer
    this.#fileName = options.fileName
    this.#shared = options.shared
    this.graph = options.graph
    this.weights = options.weights
    this.inputs = options.inputs
    this.name = options.layer.name
  }

  /** @throws NodeError naming the file and the layer */
  fail(reason: string): never {
    const { position, type, name } = this.#layer
    throw new NodeError(`${this.#fileName}: layer ${position} (${type} "${name}") ${reason}`)
  }

  /** The layer's only input, or the `index`-th of several. */
  input(index = 0): Blob {
    return this.inputs[index] ?? this.fail('reads too few blobs')
  }

  requireInputs(count: number): void {
    if (this.inputs.length !== count) this.fail(`reads ${this.inputs.length} blobs, not ${count}`)
  }

  /** Refuses parameters that are not in `known` and not 0: ignoring one would give a wrong picture. */
  knows(...known: readonly number[]): void {
    for (const [key, value] of this.#layer.parameters) {
      if (!known.includes(key) && value !== 0) this.fail(`has the parameter ${key}, which this engine does not know`)
    }
  }

  has(key: number): boolean {
    return this.#layer.parameters.has(key)
  }

  number(key: number, fallback: number, range: { min: number; max: number }): number {
    const value = this.#layer.parameters.get(key) ?? fallback
    if (typeof value !== 'number') return this.fail(`has a list as parameter ${key}`)
    if (value < range.min || value > range.max) {
      this.fail(`has ${value} as parameter ${key}, outside of ${range.min} to ${range.max}`)
    }
    return value
  }

  integer(key: number, fallback: number, range: { min: number; max: number }): number {
    const value = this.number(key, fallback, range)
    if (!Number.isInteger(value)) this.fail(`has ${value} as parameter ${key}, which should be whole`)
    return value
  }

  /** A list parameter; empty when it is absent. */
  list(key: number): readonly number[] {
    const value = this.#layer.parameters.get(key) ?? []
    if (typeof value === 'number') return this.fail(`has a single number as parameter ${key}`)
    return value
  }

  /** A value made once per network and used by several layers. */
  shared(key: string, make: () => string): string {
    const made = this.#shared.get(key)
    if (made !== undefined) return made
    const value = make()
    this.#shared.set(key, value)
    return value
  }

  /** A finished output. Refuses shapes that no real network has, before anything of that size is allocated. */
  blob(value: string, shape: BlobShape): Blob {
    const { channels, scaleX, scaleY } = shape
    if (channels < 1 || channels > maxChannels || channels * scaleX * scaleY > maxValuesPerPixel) {
      this.fail(`would make ${channels} channels at ${scaleX} x ${scaleY} of the picture's size`)
    }
    return { value, shape }
  }
}
