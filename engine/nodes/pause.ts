/**
 * @file The breath between the pictures of a batch: lets messages of the parent process in, and stops the node when the
 * job was interrupted.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * @param signal - aborted when the job is interrupted
 * @returns a function to await in every loop; throws the signal's reason once it is aborted
 */
export function createPause(signal: AbortSignal): () => Promise<void> {
  return async () => {
    signal.throwIfAborted()
    await nextTurn()
    signal.throwIfAborted()
  }
}
