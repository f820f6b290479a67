/**
 * @file Textual-inversion embeddings: finds the file behind `embedding:name` in the model folder `embeddings` and reads
 * the vectors that belong to an encoder.
 * @see Gal et al. 2022, arXiv 2208.01618 (textual inversion)
 */
import { extname } from 'node:path'
import { NodeError } from '../../nodes/define.ts'
import { readSafetensors, type SafetensorsFile } from '../safetensors/read-safetensors.ts'
import { readTensorValues } from '../safetensors/tensor-values.ts'
import type { PromptEmbeddings } from './tokenize-prompt.ts'

/** The part of a node's environment that this needs. */
export interface ModelFolders {
  listModels(folder: string): Promise<string[]>
  findModel(folder: string, name: string): Promise<string | null>
}

export interface EmbeddingOptions {
  folders: ModelFolders
  /** What the encoder's vectors are called in files for several encoders: `clip_l`, `clip_g`, `clip_h`. */
  key: string
  /** Of one vector; what is of another width is left out. */
  width: number
  /** Told when an embedding is left out, in words. */
  warn: (message: string) => void
}

/** An embedding has a few vectors, rarely some tens; each takes the place of a word. */
const maxVectors = 1024
const extensions = ['.safetensors', '.sft', '.pt', '.bin']

export function createPromptEmbeddings(options: EmbeddingOptions): PromptEmbeddings {
  return {
    async find(name) {
      const { folders, warn } = options
      const file = chooseFile(name, await folders.listModels('embeddings'))
      const path = file === null ? null : await folders.findModel('embeddings', file)
      if (path === null) {
        warn(`embedding:${name} does not exist in models/embeddings and was ignored`)
        return []
      }
      return readVectors(await readSafetensors(path), name, options)
    },
  }
}

/**
 * The listed file that a prompt means: by its whole relative name, with or without its extension, or lying in any
 * folder below. Where a pickle is named and a `.safetensors` of the same name is there, that one is meant.
 */
export function chooseFile(name: string, listed: readonly string[]): string | null {
  const wanted = name.replaceAll('\\', '/')
  const extension = extname(wanted).toLowerCase()
  const isPickle = extension === '.pt' || extension === '.bin'
  const converted = isPickle ? [`${wanted.slice(0, -extension.length)}.safetensors`] : []
  const candidates = [...converted, wanted, ...extensions.map((added) => wanted + added)]
  for (const matches of [
    (file: string, candidate: string) => file === candidate,
    (file: string, candidate: string) => file.endsWith(`/${candidate}`),
  ]) {
    for (const candidate of candidates) {
      const found = listed.find((file) => matches(file, candidate))
      if (found !== undefined) return found
    }
  }
  return null
}

async function readVectors(
  file: SafetensorsFile,
  name: string,
  { key, width, warn }: EmbeddingOptions,
): Promise<Float32Array[]> {
  const tensor = [key, 'emb_params'].find((candidate) => file.tensors.has(candidate)) ?? [...file.tensors.keys()][0]!
  const { shape } = file.tensors.get(tensor)!
  const [count, found] = shape.length === 1 ? [1, shape[0]!] : [shape[0]!, shape[1]!]
  if (shape.length < 1 || shape.length > 2 || count === 0) {
    throw new NodeError(`${file.name} is no embedding: its tensor "${tensor}" has the shape [${shape.join(', ')}]`)
  }
  if (count > maxVectors)
    throw new NodeError(`${file.name} has ${count} vectors; an embedding has at most ${maxVectors}`)
  if (found !== width) {
    warn(
      `embedding:${name} was ignored: ${file.name} has vectors of ${found} numbers, this text encoder (${key}) takes ${width}`,
    )
    return []
  }
  const values = await readTensorValues(file, tensor)
  return Array.from({ length: count }, (_, index) => values.subarray(index * width, (index + 1) * width))
}
