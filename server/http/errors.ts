/**
 * @file The studio's typed error and the one table that turns its codes into HTTP statuses.
 * Domain code throws {@link StudioError} and knows no status; the error handler of `app.ts` does the rest.
 */
import type { ErrorBody, ErrorCode } from '#contracts/errors'

/** A failure that has words for the person who asked. Anything else that is thrown becomes a plain 500. */
export class StudioError extends Error {
  readonly code: ErrorCode
  /** Seconds after which it is worth trying again; sent as `Retry-After`. */
  readonly retryAfter: number | undefined

  /** @param detail - the sentence the caller reads; never a path of this machine, a key or a stack */
  constructor(code: ErrorCode, detail: string, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(detail, { cause: options.cause })
    this.name = 'StudioError'
    this.code = code
    this.retryAfter = options.retryAfter
  }
}

/** HTTP status of each code; a new code without a status does not compile. */
export const statusOf = {
  invalid_request: 400,
  invalid_body: 422,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition_failed: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  checksum_mismatch: 460,
  too_many_requests: 429,
  insufficient_storage: 507,
  engine_unavailable: 503,
  invalid_workflow: 400,
  internal: 500,
} as const satisfies Record<ErrorCode, number>

/** The body every failure answers with. */
export function errorBody(detail: string): ErrorBody {
  return { detail }
}
