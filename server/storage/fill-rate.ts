/** @file How fast the studio fills its disk: what was written during the last day, from the indexes in memory. */
import type { TreeIndex } from '../assets/tree-index.ts'

export interface FillRateDeps {
  indexes: readonly Pick<TreeIndex, 'items' | 'version'>[]
  /** Milliseconds since 1970. */
  now: () => number
}

const day = 86_400
/** Shorter than this says nothing about a day. */
const shortestSpan = 3600
/** Milliseconds a figure is believed. */
const freshness = 60_000

/** @returns bytes a second over the time since the first file of the last day; null when nothing was written */
export function createFillRate({ indexes, now }: FillRateDeps): () => number | null {
  let known: { at: number; rate: number | null } | undefined

  function measure(): number | null {
    const at = now() / 1000
    let bytes = 0
    let first = at
    for (const index of indexes) {
      for (const { modified, size } of index.items()) {
        if (modified <= at - day || modified > at) continue
        bytes += size
        first = Math.min(first, modified)
      }
    }
    return bytes === 0 ? null : bytes / Math.max(shortestSpan, at - first)
  }

  return () => {
    if (!known || Math.abs(now() - known.at) > freshness) known = { at: now(), rate: measure() }
    return known.rate
  }
}
