/**
 * @file Builds an ONNX model in memory: nodes, weights, inputs and outputs in, bytes for the runtime out.
 * Checks nothing about the operators; the runtime does, when it opens the model.
 * Field numbers are those of `onnx.proto3`.
 */
import { ProtobufWriter } from './protobuf-writer.ts'

/** IR version 8 with operator set 17: the first pair that has GridSample, and old enough for every runtime in use. */
const irVersion = 8
const operatorSet = 17

const elementType = { float: 1, int64: 7 } as const
const attributeType = { float: 1, int: 2, string: 3, ints: 7 } as const

export type OnnxAttribute = number | string | readonly number[] | { float: number }

/** A dimension: a size, or the name of a size that each run decides. */
export type OnnxDimension = number | string

export class OnnxGraph {
  readonly #nodes: ProtobufWriter[] = []
  readonly #initializers: ProtobufWriter[] = []
  readonly #inputs: ProtobufWriter[] = []
  readonly #outputs: ProtobufWriter[] = []
  #serial = 0

  /** A value name that nothing else in this graph has, as long as callers' own names do not start with `~`. */
  uniqueName(hint: string): string {
    this.#serial += 1
    return `~${hint}${this.#serial}`
  }

  /** Adds weights. @returns the value's name, to be used as an input of nodes */
  floats(hint: string, dimensions: readonly number[], values: Float32Array | readonly number[]): string {
    const array = values instanceof Float32Array ? values : Float32Array.from(values)
    const raw = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
    return this.#initializer(hint, dimensions, elementType.float, raw)
  }

  /** Adds whole numbers: a list, or a scalar when `dimensions` is empty. */
  integers(hint: string, values: readonly number[], dimensions: readonly number[] = [values.length]): string {
    const raw = new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
    return this.#initializer(hint, dimensions, elementType.int64, raw)
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
    const node = new ProtobufWriter()
    for (const name of inputs) node.string(1, name)
    node.string(2, output)
    node.string(3, this.uniqueName(operator))
    node.string(4, operator)
    for (const [name, value] of Object.entries(attributes)) node.message(5, attribute(name, value))
    this.#nodes.push(node)
    return output
  }

  input(name: string, dimensions: readonly OnnxDimension[]): void {
    this.#inputs.push(valueInfo(name, dimensions))
  }

  output(name: string, dimensions: readonly OnnxDimension[]): void {
    this.#outputs.push(valueInfo(name, dimensions))
  }

  /** The model as the runtime reads it. */
  finish(): Uint8Array {
    const graph = new ProtobufWriter()
    for (const node of this.#nodes) graph.message(1, node)
    graph.string(2, 'graph')
    for (const initializer of this.#initializers) graph.message(5, initializer)
    for (const value of this.#inputs) graph.message(11, value)
    for (const value of this.#outputs) graph.message(12, value)
    return new ProtobufWriter()
      .int(1, irVersion)
      .string(2, 'pod-studio')
      .message(7, graph)
      .message(8, new ProtobufWriter().string(1, '').int(2, operatorSet))
      .finish()
  }

  #initializer(hint: string, dimensions: readonly number[], type: number, raw: Uint8Array): string {
    const name = this.uniqueName(hint)
    const tensor = new ProtobufWriter()
    for (const size of dimensions) tensor.int(1, size)
    this.#initializers.push(tensor.int(2, type).string(8, name).bytes(9, raw))
    return name
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

function valueInfo(name: string, dimensions: readonly OnnxDimension[]): ProtobufWriter {
  const shape = new ProtobufWriter()
  for (const size of dimensions) {
    const dimension = new ProtobufWriter()
    shape.message(1, typeof size === 'string' ? dimension.string(2, size) : dimension.int(1, size))
  }
  const tensor = new ProtobufWriter().int(1, elementType.float).message(2, shape)
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, tensor))
}
