/**
 * @file Builds an ONNX model in memory: nodes, weights, inputs and outputs in, bytes for the runtime out.
 * Checks nothing about the operators; the runtime does, when it opens the model.
 * Field numbers are those of `onnx.proto3`.
 */
import { ProtobufWriter } from './protobuf-writer.ts'

/** IR version 8 with operator set 17: the first pair that has GridSample, and old enough for every runtime in use. */
const defaultOperatorSet = 17
const irVersions: Readonly<Record<number, number>> = { 17: 8, 18: 8, 19: 9, 20: 9 }

/** `TensorProto.DataType`. */
export const elementType = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
  float8e4m3fn: 17,
  float8e5m2: 19,
} as const

export type ElementType = keyof typeof elementType

const attributeType = { float: 1, int: 2, string: 3, ints: 7 } as const
/** `TensorProto.DataLocation` */
const dataLocationExternal = 1
const microsoftDomain = 'com.microsoft'

export interface OnnxGraphOptions {
  /** @default 17 */
  operatorSet?: 17 | 18 | 19 | 20
  /** Also use onnxruntime's own operators, written `com.microsoft.Name`. @default false */
  microsoft?: boolean
}

/** Bytes of a file that stand for a tensor, little-endian, at any offset. */
export interface ExternalRange {
  /** Absolute, no link on the way: the runtime refuses paths that lead elsewhere. */
  path: string
  offset: number
  bytes: number
}

export type OnnxAttribute = number | string | readonly number[] | { float: number }

/** A dimension: a size, or the name of a size that each run decides. */
export type OnnxDimension = number | string

export class OnnxGraph {
  readonly #nodes: ProtobufWriter[] = []
  readonly #conversions: ProtobufWriter[] = []
  readonly #initializers: ProtobufWriter[] = []
  readonly #inputs: ProtobufWriter[] = []
  readonly #outputs: ProtobufWriter[] = []
  readonly #operatorSet: number
  readonly #microsoft: boolean
  #serial = 0

  constructor({ operatorSet = defaultOperatorSet, microsoft = false }: OnnxGraphOptions = {}) {
    this.#operatorSet = operatorSet
    this.#microsoft = microsoft
  }

  /** A value name that nothing else in this graph has, as long as callers' own names do not start with `~`. */
  uniqueName(hint: string): string {
    this.#serial += 1
    return `~${hint}${this.#serial}`
  }

  /** Adds weights. @returns the value's name, to be used as an input of nodes */
  floats(hint: string, dimensions: readonly number[], values: Float32Array | readonly number[]): string {
    const array = values instanceof Float32Array ? values : Float32Array.from(values)
    const raw = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
    return this.#initializer(hint, dimensions, 'float', raw)
  }

  /**
   * Adds weights that stay in their file: the runtime maps them when it opens the model with `/` as the folder of
   * external data. `dimensions` may differ from how the file declares them, as long as the bytes are as many.
   */
  external(
    hint: string,
    dimensions: readonly number[],
    type: ElementType,
    { path, offset, bytes }: ExternalRange,
  ): string {
    const { name, tensor } = this.#tensor(hint, dimensions, type)
    const entries = { location: path.replace(/^\/+/, ''), offset: String(offset), length: String(bytes) }
    for (const [key, value] of Object.entries(entries)) {
      tensor.message(13, new ProtobufWriter().string(1, key).string(2, value))
    }
    this.#initializers.push(tensor.int(14, dataLocationExternal))
    return name
  }

  /** Adds whole numbers: a list, or a scalar when `dimensions` is empty. */
  integers(hint: string, values: readonly number[], dimensions: readonly number[] = [values.length]): string {
    const raw = new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
    return this.#initializer(hint, dimensions, 'int64', raw)
  }

  /** Adds elements of any type as the bytes that they are, little-endian. */
  raw(hint: string, dimensions: readonly number[], type: ElementType, bytes: Uint8Array): string {
    return this.#initializer(hint, dimensions, type, bytes)
  }

  /**
   * Adds the conversion of a weight, `Cast`, before all other nodes. The runtime walks back from the outputs and takes
   * the input that was added last first: added later, every conversion of the network ran before anything else, and all
   * converted weights were in memory at once (OpenCLIP-H in half precision: 1.2 GB in place of 0.1).
   * @param weight - added by {@link external} or {@link raw}
   */
  conversion(weight: string, to: ElementType): string {
    const output = this.uniqueName('Cast')
    this.#addNode('Cast', [weight], { to: elementType[to] }, [output], this.#conversions)
    return output
  }

  /** Adds the product of a weight and its scale, among the conversions for the same reason. */
  scaled(weight: string, scale: string): string {
    const output = this.uniqueName('Mul')
    this.#addNode('Mul', [weight, scale], {}, [output], this.#conversions)
    return output
  }

  /**
   * Adds an operator.
   * @param inputs - value names; an empty string leaves out an optional input
   * @param output - name of the result, made up when not given
   * @returns the name of the result
   */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    output: string = this.uniqueName(operator),
  ): string {
    this.#addNode(operator, inputs, attributes, [output])
    return output
  }

  /** The same for an operator with several results. @returns their names, in the operator's order */
  nodeWithOutputs(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    count: number,
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.uniqueName(operator))
    this.#addNode(operator, inputs, attributes, outputs)
    return outputs
  }

  input(name: string, dimensions: readonly OnnxDimension[], type: ElementType = 'float'): void {
    this.#inputs.push(valueInfo(name, dimensions, type))
  }

  output(name: string, dimensions: readonly OnnxDimension[], type: ElementType = 'float'): void {
    this.#outputs.push(valueInfo(name, dimensions, type))
  }

  /** The model as the runtime reads it. */
  finish(): Uint8Array {
    const graph = new ProtobufWriter()
    for (const node of [...this.#conversions, ...this.#nodes]) graph.message(1, node)
    graph.string(2, 'graph')
    for (const initializer of this.#initializers) graph.message(5, initializer)
    for (const value of this.#inputs) graph.message(11, value)
    for (const value of this.#outputs) graph.message(12, value)
    const model = new ProtobufWriter()
      .int(1, irVersions[this.#operatorSet]!)
      .string(2, 'pod-studio')
      .message(7, graph)
      .message(8, new ProtobufWriter().string(1, '').int(2, this.#operatorSet))
    if (this.#microsoft) model.message(8, new ProtobufWriter().string(1, microsoftDomain).int(2, 1))
    return model.finish()
  }

  #addNode(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    outputs: readonly string[],
    list = this.#nodes,
  ): void {
    const isMicrosoft = operator.startsWith(`${microsoftDomain}.`)
    const node = new ProtobufWriter()
    for (const name of inputs) node.string(1, name)
    for (const name of outputs) node.string(2, name)
    node.string(3, this.uniqueName(operator))
    node.string(4, isMicrosoft ? operator.slice(microsoftDomain.length + 1) : operator)
    for (const [name, value] of Object.entries(attributes)) node.message(5, attribute(name, value))
    if (isMicrosoft) node.string(7, microsoftDomain)
    list.push(node)
  }

  #initializer(hint: string, dimensions: readonly number[], type: ElementType, raw: Uint8Array): string {
    const { name, tensor } = this.#tensor(hint, dimensions, type)
    this.#initializers.push(tensor.bytes(9, raw))
    return name
  }

  #tensor(hint: string, dimensions: readonly number[], type: ElementType) {
    const name = this.uniqueName(hint)
    const tensor = new ProtobufWriter()
    for (const size of dimensions) tensor.int(1, size)
    return { name, tensor: tensor.int(2, elementType[type]).string(8, name) }
  }
}

function attribute(name: string, value: OnnxAttribute): ProtobufWriter {
  const writer = new ProtobufWriter().string(1, name)
  if (typeof value === 'string') return writer.string(4, value).int(20, attributeType.string)
  if (typeof value === 'number') return writer.int(3, value).int(20, attributeType.int)
  if ('float' in value) return writer.float(2, value.float).int(20, attributeType.float)
  for (const item of value) writer.int(8, item)
  return writer.int(20, attributeType.ints)
}

function valueInfo(name: string, dimensions: readonly OnnxDimension[], type: ElementType): ProtobufWriter {
  const shape = new ProtobufWriter()
  for (const size of dimensions) {
    const dimension = new ProtobufWriter()
    shape.message(1, typeof size === 'string' ? dimension.string(2, size) : dimension.int(1, size))
  }
  const tensor = new ProtobufWriter().int(1, elementType[type]).message(2, shape)
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, tensor))
}
