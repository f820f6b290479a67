/**
 * @file Gives builders their weights: a name and a shape in, a value of the graph out. The bytes stay in the user's
 * file. Here a file that is incomplete or of another family is noticed, and 16 and 8-bit weights get their conversion.
 */
import { NodeError } from '../../nodes/define.ts'
import { type ElementType, elementType, type OnnxGraph } from '../onnx/graph-builder.ts'
import { type Dtype, dtypeBytes } from '../safetensors/dtypes.ts'
import type { FoundTensor, TensorSource } from './tensor-source.ts'

/** What a network computes in. Inputs and outputs are `float32` either way. */
export type Precision = 'float32' | 'float16'

export interface TensorView {
  /** How the graph declares the tensor, when not as the network's own shape: equally many elements. */
  dimensions?: readonly number[]
  /** Only these rows (of the first dimension); `dimensions` are those of the part. The last row is not included. */
  rows?: { from: number; to: number }
  /** @default the provider's */
  precision?: Precision
}

const onnxTypes: Partial<Record<Dtype, ElementType>> = {
  F64: 'double',
  F32: 'float',
  F16: 'float16',
  BF16: 'bfloat16',
  F8_E4M3: 'float8e4m3fn',
  F8_E5M2: 'float8e5m2',
}

const onnxPrecision = { float32: 'float', float16: 'float16' } as const

/** ComfyUI's names, older and newer. */
const scaleNames = ['.scale_weight', '.weight_scale'] as const

export const castTarget: Record<Precision, number> = { float32: 1, float16: 10 }

export class WeightProvider {
  readonly graph: OnnxGraph
  readonly precision: Precision
  readonly #source: TensorSource
  readonly #values = new Map<string, string>()
  #bytes = 0

  constructor(options: { graph: OnnxGraph; source: TensorSource; precision?: Precision }) {
    this.graph = options.graph
    this.#source = options.source
    this.precision = options.precision ?? 'float32'
  }

  /** Bytes of all tensors that were asked for, as they lie in the files. */
  get bytes(): number {
    return this.#bytes
  }

  has(key: string): boolean {
    return this.#source.has(key)
  }

  /**
   * @param shape - what the network needs; dimensions of 1 at the end do not matter (a 1x1 convolution is a matrix)
   * @returns the value's name
   * @throws NodeError naming the file and the tensor when it is missing, of another shape, or holds no real numbers
   */
  tensor(key: string, shape: readonly number[], view: TensorView = {}): string {
    const found = this.#find(key, shape)
    const type = this.#typeOf(found)
    const rows = view.rows ?? { from: 0, to: shape[0] ?? 1 }
    const dimensions = view.dimensions ?? (view.rows ? [rows.to - rows.from, ...shape.slice(1)] : shape)
    const precision = view.precision ?? this.precision
    const identity = [found.file.path, found.entry.offset, rows.from, rows.to, dimensions.join('x'), precision].join(
      ' ',
    )
    const known = this.#values.get(identity)
    if (known !== undefined) return known
    const converted = this.#convert(this.#external(key, found, type, rows, dimensions), type, precision)
    const scale = this.#scaleOf(key, precision)
    const value = scale === null ? converted : this.graph.scaled(converted, scale)
    this.#values.set(identity, value)
    return value
  }

  /**
   * Rows of a table, converted after they are picked: a vocabulary has tens of millions of numbers, a text needs few.
   * @param shape - of the table: rows, columns
   * @param indices - a value of whole numbers
   */
  pick(key: string, shape: readonly [number, number], indices: string): string {
    const found = this.#find(key, shape)
    const type = this.#typeOf(found)
    const isByte = type === 'float8e4m3fn' || type === 'float8e5m2'
    const table = this.#external(key, found, isByte ? 'uint8' : type, { from: 0, to: shape[0] }, shape)
    const rows = this.graph.node('Gather', [table, indices], { axis: 0 })
    const converted = isByte ? this.#lookUp(rows, type) : this.#castRows(rows, type)
    const scale = this.#scaleOf(key, this.precision)
    return scale === null ? converted : this.graph.node('Mul', [converted, scale])
  }

  #castRows(rows: string, type: ElementType): string {
    return type === onnxPrecision[this.precision]
      ? rows
      : this.graph.node('Cast', [rows], { to: castTarget[this.precision] })
  }

  /** The number that the weights of a layer were divided by to use the range of 8 bits well, where the file has one. */
  #scaleOf(key: string, precision: Precision): string | null {
    if (!key.endsWith('.weight')) return null
    const layer = key.slice(0, -'.weight'.length)
    const name = scaleNames.map((ending) => layer + ending).find((candidate) => this.#source.has(candidate))
    return name === undefined ? null : this.tensor(name, [], { dimensions: [], precision })
  }

  /** 8-bit floats cannot be picked, bytes can: each of the 256 that there are is converted, and looked up by its byte. */
  #lookUp(bytes: string, type: ElementType): string {
    const every = this.graph.raw(
      'bytes',
      [256],
      type,
      Uint8Array.from({ length: 256 }, (_, byte) => byte),
    )
    const places = this.graph.node('Cast', [bytes], { to: elementType.int32 })
    return this.graph.node('Gather', [this.#convert(every, type, this.precision), places], { axis: 0 })
  }

  #typeOf({ file, name, entry }: FoundTensor): ElementType {
    const type = onnxTypes[entry.dtype]
    if (!type) throw new NodeError(`${file.name}: "${name}" has the type ${entry.dtype}, not that of a weight`)
    return type
  }

  #find(key: string, shape: readonly number[]): FoundTensor {
    const found = this.#source.find(key, shape)
    if (!found) {
      throw new NodeError(
        `${this.#source.label} has no tensor "${key}": it is incomplete, or a model of another kind than it seems`,
      )
    }
    if (!sameShape(found.entry.shape, shape)) {
      const [there, needed] = [found.entry.shape, shape].map((sizes) => `[${sizes.join(', ')}]`)
      throw new NodeError(`${found.file.name}: "${found.name}" has the shape ${there}, and ${needed} is needed`)
    }
    return found
  }

  #external(
    key: string,
    { file, entry }: FoundTensor,
    type: ElementType,
    rows: { from: number; to: number },
    dimensions: readonly number[],
  ): string {
    const bytes = dimensions.reduce((product, size) => product * size, dtypeBytes[entry.dtype])
    const rowBytes = entry.bytes / (entry.shape[0] ?? 1)
    const offset = entry.offset + rows.from * rowBytes
    if (offset + bytes > entry.offset + entry.bytes) throw new RangeError(`the view of "${key}" reaches beyond it`)
    this.#bytes += bytes
    return this.graph.external(key, dimensions, type, { path: file.path, offset, bytes })
  }

  #convert(weight: string, type: ElementType, precision: Precision): string {
    const wanted = onnxPrecision[precision]
    return type === wanted ? weight : this.graph.conversion(weight, wanted)
  }
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  const [long, short] = a.length > b.length ? [a, b] : [b, a]
  return long.every((size, index) => size === (short[index] ?? 1))
}
