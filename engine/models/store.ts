/**
 * @file What nodes know of models: open by folder and name, get a session, forget about memory.
 * Sessions are cached by file identity, bounded by bytes, and closed on `/free`.
 */
import type { Tensor } from 'onnxruntime-node'
import type { ModelFormat } from './identify-file.ts'

/** A loaded network. `run` blocks its thread: call `context.progress` between calls. */
export interface ModelSession {
  inputNames: readonly string[]
  outputNames: readonly string[]
  /** By name: a size per dimension, or the name of a size that each run decides. Empty when the model does not say. */
  inputShapes: Readonly<Record<string, readonly (number | string)[]>>
  outputShapes: Readonly<Record<string, readonly (number | string)[]>>
  run(feeds: Record<string, Tensor>, fetches?: readonly string[]): Promise<Record<string, Tensor>>
}

/** What kind of network a file turned out to be, by its graph, never by its name. */
export interface ModelFacts {
  path: string
  format: ModelFormat
  /** Bytes that the session keeps resident, estimated from its weights. */
  bytes: number
}

export interface ModelStore {
  /**
   * Opens a model file (or finds it open).
   * @throws NodeError naming the file when it is missing, damaged, of an unsupported format or a pickle
   */
  open(path: string): Promise<{ session: ModelSession; facts: ModelFacts }>
  /** Closes every session; files stay as they are. */
  unloadAll(): Promise<void>
  /** What the sessions run on, e.g. `cpu`, `cuda:0`. */
  device: string
}

/** What the process that owns the store may also do. */
export interface ManagedModelStore extends ModelStore {
  /** What is open now, least recently used first. */
  list(): readonly ModelFacts[]
}
