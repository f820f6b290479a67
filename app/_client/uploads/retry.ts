/** @file When to try again: at ever longer intervals, or at once when somebody knows that it is worth it. */
import { ApiError } from '../api-error.ts'

const longest = 30_000

/** Whether a failure goes away by itself: no connection, no session, a proxy or a server in trouble. A full disk does not. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false
  const { status } = error
  return [0, 401, 408, 409, 423, 429].includes(status) || (status >= 500 && status !== 507)
}

/** `connection lost`, as the end of "Paused at 62 %, …" */
export function whyCut(error: unknown): string {
  const status = error instanceof ApiError ? error.status : 0
  if (status === 0) return 'connection lost. Goes on by itself.'
  if (status === 401) return 'signed out. Goes on after signing in.'
  return `the pod answers with status ${status}. Goes on by itself.`
}

/** Waiting that can be ended for all who wait. */
export function createPauses() {
  const waiting = new Set<() => void>()
  return {
    /** @param attempt - 0 for the first try again: one second, then twice as long each time */
    pause: (attempt: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer)
          waiting.delete(end)
          signal?.removeEventListener('abort', end)
          resolve()
        }
        const timer = setTimeout(end, Math.min(longest, 1000 * 2 ** attempt))
        waiting.add(end)
        signal?.addEventListener('abort', end)
        if (signal?.aborted) end()
      }),
    wake() {
      for (const end of [...waiting]) end()
    },
  }
}
