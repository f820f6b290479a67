/**
 * @file What an opened network is to the rest of the engine, whichever way the runtime was reached, and how one is
 * opened. Knows neither files nor formats: those are the model store's.
 */
import type { Tensor } from 'onnxruntime-common'

/** A size, or the name of a size that each run decides. */
export type Dimension = number | string

export interface ValueFacts {
  name: string
  /** Empty when the model does not say. */
  shape: readonly Dimension[]
}

export interface RuntimeSession {
  inputs: readonly ValueFacts[]
  outputs: readonly ValueFacts[]
  /**
   * One run. The feeds' data is read while it lasts: leave it alone until then.
   * @param fetches - which outputs to compute; all of them when not given
   * @throws Error with the runtime's own words; after an abort whatever the runtime then says
   */
  run(
    feeds: Record<string, Tensor>,
    fetches?: readonly string[],
    options?: { signal?: AbortSignal },
  ): Promise<Record<string, Tensor>>
  /** Never while a run is under way. */
  release(): Promise<void>
}

export interface SessionSettings {
  /** `cpu` or `cuda:<index>` */
  device: string
  /** Threads of one run. */
  threads: number
  /**
   * `extended` leaves weights where they are in their file; `all` also lays convolutions out anew, which copies them.
   * @default 'all'
   */
  optimization?: 'all' | 'extended' | 'basic' | 'disabled'
  /** The runtime's session configuration entries, by their full names (`session.disable_prepacking`). */
  config?: Readonly<Record<string, string>>
}

/** The runtime of this process. */
export interface Runtime {
  /**
   * @param model - the absolute path of an `.onnx` file, or its bytes
   * @throws Error with the runtime's own words when the model, or the device, is not usable
   */
  open(model: string | Uint8Array, settings: SessionSettings): Promise<RuntimeSession>
  /** Whether an aborted run ends at once. Without, it ends when it is done. */
  readonly interruptible: boolean
}
