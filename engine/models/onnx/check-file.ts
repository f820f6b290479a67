/**
 * @file Judges an `.onnx` file before the runtime sees it: is it a whole model, and does it keep to its folder?
 * Weights may lie in other files (external data); those must be plain neighbours. Field numbers are `onnx.proto3`'s.
 */
import { lstat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseRelativePath } from '#contracts/relative-path'
import { NodeError } from '../../nodes/define.ts'
import { type FileRange, ProtobufError, ProtobufFile } from './protobuf-file.ts'

const modelFields = { irVersion: 1, graph: 7, operatorSet: 8, functions: 25 } as const
const graphFields = { node: 1, initializer: 5, input: 11, output: 12, sparseInitializer: 15 } as const
const attributeFields = { tensor: 5, graph: 6, tensors: 10, graphs: 11 } as const
const tensorFields = { externalData: 13 } as const
/** Attributes of functions and nodes have the same number in their messages by chance; both are listed for reading. */
const nodeAttributeField = 5
const functionNodeField = 7

/** If and Loop nest graphs in graphs; real models do so twice or thrice. */
const maxDepth = 8
const maxExternalTensors = 100_000

interface ExternalTensor {
  location: string
  offset: number
  length: number
}

export interface OnnxFileFacts {
  /** Bytes of the file and of its external data. */
  bytes: number
  /** Absolute paths of the neighbours that hold weights. */
  externalFiles: string[]
}

/** @throws NodeError naming the file when it is no model, damaged, or points outside of its folder */
export async function checkOnnxFile(path: string, fileName: string): Promise<OnnxFileFacts> {
  try {
    const external = await ProtobufFile.use(path, async (file) => {
      const walk = new ModelWalk(file)
      await walk.model()
      return walk.external
    })
    const { size } = await lstat(path)
    return await checkNeighbours(path, fileName, size, external)
  } catch (error) {
    if (error instanceof ProtobufError)
      throw new NodeError(`${fileName} is no ONNX model, or damaged: ${error.message}`)
    throw error
  }
}

class ModelWalk {
  readonly external: ExternalTensor[] = []
  readonly #file: ProtobufFile

  constructor(file: ProtobufFile) {
    this.#file = file
  }

  async model(): Promise<void> {
    const seen = { irVersion: 0, graphs: 0, operatorSets: 0 }
    for await (const { field, value, range } of this.#file.fields(this.#file.whole)) {
      if (field === modelFields.irVersion) seen.irVersion = value
      if (field === modelFields.operatorSet) seen.operatorSets += 1
      if (field === modelFields.functions) await this.#nodes(range, functionNodeField, 0)
      if (field === modelFields.graph) {
        seen.graphs += 1
        await this.#graph(range, 0)
      }
    }
    if (seen.irVersion < 3 || seen.irVersion > 100) throw new ProtobufError('it does not say which ONNX it is')
    if (seen.graphs !== 1 || seen.operatorSets === 0) throw new ProtobufError('it holds no graph')
  }

  async #graph(range: FileRange, depth: number): Promise<void> {
    if (depth > maxDepth) throw new ProtobufError('its graphs are nested too deep')
    for await (const { field, range: item } of this.#file.fields(range)) {
      if (field === graphFields.initializer) await this.#tensor(item)
      if (field === graphFields.sparseInitializer) throw new ProtobufError('it has sparse weights')
      if (field === graphFields.node) await this.#attributes(item, depth)
    }
    if (depth === 0) await this.#requirePorts(range)
  }

  async #requirePorts(range: FileRange): Promise<void> {
    let inputs = 0
    let outputs = 0
    for await (const { field } of this.#file.fields(range)) {
      if (field === graphFields.input) inputs += 1
      if (field === graphFields.output) outputs += 1
    }
    if (inputs === 0 || outputs === 0) throw new ProtobufError('its graph has no inputs or no outputs')
  }

  async #nodes(range: FileRange, nodeField: number, depth: number): Promise<void> {
    for await (const { field, range: item } of this.#file.fields(range)) {
      if (field === nodeField) await this.#attributes(item, depth)
    }
  }

  async #attributes(node: FileRange, depth: number): Promise<void> {
    for await (const { field, range } of this.#file.fields(node)) {
      if (field !== nodeAttributeField) continue
      for await (const value of this.#file.fields(range)) {
        const isTensor = value.field === attributeFields.tensor || value.field === attributeFields.tensors
        const isGraph = value.field === attributeFields.graph || value.field === attributeFields.graphs
        if (isTensor) await this.#tensor(value.range)
        if (isGraph) await this.#graph(value.range, depth + 1)
      }
    }
  }

  async #tensor(range: FileRange): Promise<void> {
    const entries = new Map<string, string>()
    for await (const { field, range: item } of this.#file.fields(range)) {
      if (field !== tensorFields.externalData) continue
      let key = ''
      let value = ''
      for await (const part of this.#file.fields(item)) {
        if (part.field === 1) key = await this.#file.string(part.range)
        if (part.field === 2) value = await this.#file.string(part.range)
      }
      entries.set(key, value)
    }
    if (entries.size === 0) return
    this.external.push({
      location: entries.get('location') ?? '',
      offset: Number(entries.get('offset') ?? 0),
      length: Number(entries.get('length') ?? 0),
    })
    if (this.external.length > maxExternalTensors) throw new ProtobufError('it has too many external weights')
  }
}

async function checkNeighbours(
  path: string,
  fileName: string,
  size: number,
  external: readonly ExternalTensor[],
): Promise<OnnxFileFacts> {
  const sizes = new Map<string, number>()
  for (const { location, offset, length } of external) {
    if (parseRelativePath(location)?.length !== 1 || location.endsWith('/')) {
      throw new NodeError(`${fileName} keeps weights in "${location}"; only files beside it may be used`)
    }
    let available = sizes.get(location)
    if (available === undefined) {
      const stats = await lstat(join(dirname(path), location)).catch(() => null)
      // A link could lead out of the folder.
      if (!stats?.isFile())
        throw new NodeError(`${fileName} needs the file "${location}" beside it`, 'FileNotFoundError')
      available = stats.size
      sizes.set(location, available)
    }
    if (!(Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(length) && length >= 0)) {
      throw new NodeError(`${fileName} does not say where in "${location}" its weights are`)
    }
    if (offset + length > available) throw new NodeError(`${fileName} needs more of "${location}" than there is`)
  }
  const externalBytes = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
  return {
    bytes: size + externalBytes,
    externalFiles: [...sizes.keys()].map((location) => join(dirname(path), location)),
  }
}
