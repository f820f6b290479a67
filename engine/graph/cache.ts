/**
 * @file Results of nodes, kept across runs by input signature. Which are kept is the mode's choice; a run holds its own
 * results itself, so dropping one here never hurts the run that made it.
 */
import type { UiOutput } from '#contracts/comfy/messages'
import { estimateBytes } from './value-size.ts'

/** What a node gave: per output slot a list of items, and what it shows. */
export interface NodeOutput {
  outputs: readonly (readonly unknown[])[]
  ui: UiOutput | null
}

/**
 * `fit`: everything that fits in memory. `classic`: only the nodes of the last prompt. `lru:N`: the N used last.
 * `none`: nothing.
 */
export type CacheMode = 'fit' | 'classic' | 'none' | `lru:${number}`

export interface ResultCache {
  /**
   * A run begins whose submitted nodes have these signatures; called before any `get` of the run.
   * Nothing that belongs to them is dropped while the run goes on, except for lack of memory.
   */
  beginRun(signatures: ReadonlySet<string>): void
  endRun(): void
  get(signature: string): NodeOutput | undefined
  /** @param root - signature of the submitted node it descends from; its own unless an expansion made it */
  set(signature: string, root: string, output: NodeOutput): void
  delete(signature: string): void
  clear(): void
  /** Estimated bytes held. */
  readonly bytes: number
  readonly size: number
}

interface Entry {
  output: NodeOutput
  root: string
  bytes: number
  /** The run that used it last. */
  run: number
}

/** @param maxBytes - bound of `fit` and, as a safeguard, of `classic` and `lru` */
export function createResultCache({ mode, maxBytes }: { mode: CacheMode; maxBytes: number }): ResultCache {
  /** Least recently used first. */
  const entries = new Map<string, Entry>()
  const maxEntries = mode.startsWith('lru:') ? Number(mode.slice('lru:'.length)) : Number.POSITIVE_INFINITY
  let bytes = 0
  let run = 0

  function drop(signature: string): void {
    const entry = entries.get(signature)
    if (entry === undefined) return
    entries.delete(signature)
    bytes -= entry.bytes
  }

  function use(signature: string, entry: Entry): void {
    entry.run = run
    entries.delete(signature)
    entries.set(signature, entry)
  }

  function dropSurplus(): void {
    for (const [signature, entry] of entries) {
      if (entries.size <= maxEntries) return
      if (entry.run < run) drop(signature)
    }
  }

  return {
    beginRun(signatures) {
      run += 1
      for (const [signature, entry] of [...entries]) {
        if (signatures.has(entry.root)) use(signature, entry)
        else if (mode === 'classic') drop(signature)
      }
      dropSurplus()
    },
    endRun: dropSurplus,
    get(signature) {
      const entry = entries.get(signature)
      if (entry === undefined) return undefined
      use(signature, entry)
      return entry.output
    },
    set(signature, root, output) {
      if (mode === 'none') return
      drop(signature)
      const size = estimateBytes(output)
      if (size > maxBytes) return
      entries.set(signature, { output, root, bytes: size, run })
      bytes += size
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) break
        drop(oldest)
      }
      dropSurplus()
    },
    delete: drop,
    clear() {
      entries.clear()
      bytes = 0
    },
    get bytes() {
      return bytes
    },
    get size() {
      return entries.size
    },
  }
}
