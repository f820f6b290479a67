/** @file A turn of the event loop between steps of work, so that a request to interrupt is seen. */
import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * @param parentPid - the process this one works for. Once it is gone another may already have taken over its jobs, so
 * not one more file may be written here.
 */
export function createBreath(parentPid: number): () => Promise<void> {
  return async () => {
    await nextTurn()
    if (process.ppid !== parentPid) process.exit(0)
  }
}
