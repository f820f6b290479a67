/** @file What can wait until the browser has nothing better to do. */

/**
 * Runs once the page is idle, or after a time in any case. Safari has no such callback: there it runs as the next task.
 * @param most - milliseconds
 * @returns takes it back
 */
export function whenIdle(run: () => void, most = 500): () => void {
  if (!('requestIdleCallback' in globalThis)) {
    const timer = setTimeout(run)
    return () => clearTimeout(timer)
  }
  const handle = requestIdleCallback(run, { timeout: most })
  return () => cancelIdleCallback(handle)
}
