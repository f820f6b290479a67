/** @file What went wrong with a request, in words a person can act on. Deciding where to show it is the caller's. */

/** A request the server refused, or that never reached it (`status` 0). */
export class ApiError extends Error {
  readonly status: number
  readonly retryAfter: number | null

  /** @param retryAfter - seconds the server asks to wait, or null */
  constructor(status: number, detail: string, retryAfter: number | null = null) {
    super(detail)
    this.name = 'ApiError'
    this.status = status
    this.retryAfter = retryAfter
  }
}

/** True when the session is over and only signing in again helps. */
export const isSignedOut = (error: unknown) => error instanceof ApiError && error.status === 401

/** One sentence for any failure: what happened and, where it is known, what to do. */
export function inWords(error: unknown): string {
  if (!(error instanceof ApiError)) return 'Something unexpected happened in this page. Reload it and try again.'
  if (error.status === 0) return 'The pod cannot be reached. Check the connection; nothing was lost.'
  if (error.status === 401) return 'Signed out. Sign in again to go on.'
  if (error.status === 429 && error.retryAfter !== null) {
    return `Too many attempts. Try again in ${error.retryAfter} seconds.`
  }
  if (error.status === 507) return `Not enough space on the pod. ${sentence(error.message)}`
  return sentence(error.message)
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)
