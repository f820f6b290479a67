/**
 * @file What nodes know of models: open by folder and name, get a session, forget about memory.
 * Sessions are cached by file identity, bounded by the device's memory, and closed on `/free`.
 */
import type { Tensor } from 'onnxruntime-common'
import type { ModelFormat } from './identify-file.ts'
import type { ClipTokenizer } from './text/clip-tokenizer.ts'

/**
 * A network that can be run. A run ends early, as interrupted, when the job is; still call `context.progress` between runs,
 * which is where progress is seen and where an interruption is noticed on platforms whose runtime cannot be interrupted.
 */
export interface NetworkSession {
  /**
   * @throws NodeError naming the network when it cannot be opened or run; `OutOfMemoryError` when memory is what lacks
   */
  run(feeds: Record<string, Tensor>, fetches?: readonly string[]): Promise<Record<string, Tensor>>
  /**
   * For who would do much before the first run.
   * @throws NodeError (`OutOfMemoryError`) when a run of such feeds could never fit on the device; opens and closes nothing
   */
  requireRoom(shapes: FeedShapes): Promise<void>
}

/** A loaded network. */
export interface ModelSession extends NetworkSession {
  inputNames: readonly string[]
  outputNames: readonly string[]
  /** By name: a size per dimension, or the name of a size that each run decides. Empty when the model does not say. */
  inputShapes: Readonly<Record<string, readonly (number | string)[]>>
  outputShapes: Readonly<Record<string, readonly (number | string)[]>>
}

/** A network that this engine builds itself, over weights that stay in their files. */
export interface NetworkSource {
  /** Equal keys are the same network: what builds it, with which options, over which files ({@link SafetensorsFile.identity}). */
  key: string
  /** For logs and errors: the file's name. */
  label: string
  /** Which part of the file it is, for the log: `UNet`. */
  part?: string | undefined
  /** Estimate of the bytes that it keeps resident while open. Room for them is made before it opens. */
  bytes: number
  /**
   * Estimate of the bytes that a run takes beside, by the shapes of what it is fed. The runtime keeps them for the next run.
   * @default 0
   */
  workingBytes?: ((shapes: FeedShapes) => number) | undefined
  /** What a person can do when memory lacks, without a full stop: "Make smaller pictures". */
  memoryAdvice?: string | undefined
  /**
   * The ONNX protobuf. Weights may lie in any file, given as {@link ExternalRange}. Called at each opening, so it also
   * is the place to notice that a file was replaced.
   */
  build(): Uint8Array | Promise<Uint8Array>
  options?: NetworkOptions
}

/** Shapes of what a run is fed, by name. */
export type FeedShapes = Readonly<Record<string, readonly number[]>>

export interface NetworkOptions {
  /** `all` lays weights out for the kernels (copies; faster convolutions), `extended` leaves them. @default 'extended' */
  layout?: 'all' | 'extended'
  /** Let kernels keep packed copies of their weights. @default false: weights stay mapped in their file */
  prepack?: boolean
  /** Compute constant parts when the network opens: converted weights are then kept as copies. @default false */
  foldConstants?: boolean
}

/** What kind of network a file turned out to be, by its content, never by its name. */
export interface ModelFacts {
  /** Of the file; of a network that this engine built, its key. */
  path: string
  format: ModelFormat
  /** Bytes that the session keeps resident, estimated from its weights and its largest run. */
  bytes: number
}

export interface ModelStore {
  /**
   * Opens a model file (or finds it open).
   * @throws NodeError naming the file when it is missing, damaged, of an unsupported format or a pickle
   */
  open(path: string): Promise<{ session: ModelSession; facts: ModelFacts }>
  /** A network to run later: it is opened by its first run, closed under pressure, opened again when run again. */
  network(source: NetworkSource): NetworkSession
  /** Read when a text is first encoded, then kept. */
  clipTokenizer(): Promise<ClipTokenizer>
  /** Closes every session; files stay as they are. */
  unloadAll(): Promise<void>
  /** What the sessions run on, e.g. `cpu`, `cuda:0`. */
  device: string
}

/** What the process that owns the store may also do. */
export interface ManagedModelStore extends ModelStore {
  /** Until the next call runs end when this is aborted; null: nothing ends them. One prompt runs at a time. */
  interruptWith(signal: AbortSignal | null): void
  /** What is open now, least recently used first. */
  list(): readonly ModelFacts[]
}
