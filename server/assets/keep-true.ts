/**
 * @file The periodic look at a whole asset root: finds what no watcher and no writer told. Rests between short slices,
 * and leaves the costly part (every file's size and time) to every n-th round where the disk is slow.
 */
import type { TreeIndex } from './tree-index.ts'

export interface KeepTrueOptions {
  index: TreeIndex
  /** Milliseconds between rounds. @default 30000 */
  every?: number
  onError?: (error: unknown) => void
  /** Called after each round. */
  onRound?: () => void
}

/** A whole look that worked longer than this (milliseconds) is not made every round. */
const affordableWork = 3000
const roundsBetweenCostlyLooks = 20

/** @returns a function that ends it */
export function keepTrue({ index, every = 30_000, onError, onRound }: KeepTrueOptions): () => void {
  const ending = new AbortController()
  let lastWork = 0
  let round = 0

  async function look(): Promise<void> {
    round++
    const files = lastWork < affordableWork || round % roundsBetweenCostlyLooks === 0
    try {
      const work = await index.pass({ files, budget: 4, rest: 12, signal: ending.signal })
      if (files) lastWork = work
      onRound?.()
    } catch (error) {
      if (!ending.signal.aborted) onError?.(error)
    }
    if (!ending.signal.aborted) timer = setTimeout(look, every).unref()
  }
  let timer = setTimeout(look, every).unref()

  return () => {
    ending.abort()
    clearTimeout(timer)
  }
}
