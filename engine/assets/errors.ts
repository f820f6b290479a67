/**
 * @file The errors of the assets API: a closed list of codes, each with its status, and the one envelope they are
 * answered in. The code also stands at the top, where clients of the hosted service look for it.
 */
import type * as z from 'zod'
import { HttpError } from '../http/http-error.ts'

const statusByCode = {
  SERVICE_DISABLED: 503,
  INVALID_QUERY: 400,
  INVALID_BODY: 400,
  INVALID_JSON: 400,
  INVALID_HASH: 400,
  INVALID_CURSOR: 400,
  ASSET_NOT_FOUND: 404,
  FILE_NOT_FOUND: 404,
  FORBIDDEN: 403,
  UNSUPPORTED_MEDIA_TYPE: 415,
  MISSING_FILE: 400,
  EMPTY_UPLOAD: 400,
  MISSING_INPUT: 400,
  UNSUPPORTED_FIELD: 400,
  HASH_MISMATCH: 400,
  PAYLOAD_TOO_LARGE: 413,
  UPLOAD_IO_ERROR: 500,
  HASH_CHECK_FAILED: 500,
  INTERNAL: 500,
} as const

export type AssetErrorCode = keyof typeof statusByCode

/** Thrown by everything below the routes; knows its answer. */
export class AssetError extends HttpError {
  override name = 'AssetError'
  readonly code: AssetErrorCode

  constructor(code: AssetErrorCode, message: string, details: Record<string, unknown> = {}) {
    super(statusByCode[code], { error: { code, message, details }, code, message })
    this.message = message
    this.code = code
  }
}

/** One thing that is wrong with a query or a body. */
export interface Fault {
  type: string
  loc: (string | number)[]
  msg: string
}

export function invalid(code: 'INVALID_QUERY' | 'INVALID_BODY', faults: Fault[]): AssetError {
  return new AssetError(code, faults.map((fault) => fault.msg).join('; '), { errors: faults })
}

/** A single fault of one field. */
export function invalidField(code: 'INVALID_QUERY' | 'INVALID_BODY', field: string, msg: string): AssetError {
  return invalid(code, [{ type: 'value_error', loc: [field], msg }])
}

/** The value as its schema has it. @throws AssetError with every fault the schema found */
export function parseWith<T extends z.ZodType>(
  schema: T,
  value: unknown,
  code: 'INVALID_QUERY' | 'INVALID_BODY',
): z.output<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw invalid(
    code,
    parsed.error.issues.slice(0, 20).map((issue) => {
      const loc = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))
      return { type: issue.code, loc, msg: `${loc.length > 0 ? `${loc.join('.')}: ` : ''}${issue.message}` }
    }),
  )
}

export function assetNotFound(id: string): AssetError {
  return new AssetError('ASSET_NOT_FOUND', 'No such asset.', { id })
}
