/**
 * @file Long synchronous work in slices. Synchronous file calls are several times cheaper than awaited ones, but a tree
 * of ten thousand folders takes a second; in slices the event loop gets its turn every few milliseconds.
 */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'

export interface SliceOptions {
  /** How long one slice may hold the event loop, in milliseconds. @default 8 */
  budget?: number
  /** Pause between slices in milliseconds, for work nobody waits for. @default 0 */
  rest?: number
  signal?: AbortSignal | undefined
}

/**
 * Drives a generator that yields at every point where it may be paused.
 * @returns what the generator returns
 * @throws the signal's reason when it is aborted; the generator's `finally` blocks run
 */
export async function inSlices<T>(steps: Generator<void, T>, options: SliceOptions = {}): Promise<T> {
  const { budget = 8, rest = 0, signal } = options
  try {
    for (;;) {
      signal?.throwIfAborted()
      const end = performance.now() + budget
      do {
        const step = steps.next()
        if (step.done) return step.value
      } while (performance.now() < end)
      if (rest > 0) await pause(rest, undefined, { ref: false })
      else await nextTurn()
    }
  } finally {
    steps.return(undefined as T)
  }
}

/** The same work in one go, for callers that know it is small. */
export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}
