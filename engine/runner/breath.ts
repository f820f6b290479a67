/** @file A turn of the event loop between steps of work, so that a request to interrupt is seen. */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'

/** More messages than this on their way to the engine, and work waits for it. */
const mostUnsent = 1000
const unsentPauseMs = 5

export interface BreathOptions {
  /**
   * The process this one works for. Once it is gone another may already have taken over its jobs, so not one more file
   * may be written here.
   */
  parentPid: number
  /** How many messages are still on their way. */
  unsent: () => number
}

export function createBreath({ parentPid, unsent }: BreathOptions): () => Promise<void> {
  return async () => {
    await nextTurn()
    while (unsent() > mostUnsent && process.ppid === parentPid) await pause(unsentPauseMs)
    if (process.ppid !== parentPid) process.exit(0)
  }
}
