/**
 * @file The closed list of error codes of the studio's own API, and the body every failure answers with.
 * The mapping to HTTP status codes lives in the server (`server/http/errors.ts`), not here.
 */
import * as z from 'zod'

export const errorCodes = [
  'invalid_request', // 400: not JSON, not multipart, wrong parameter
  'invalid_body', // 422: JSON of the wrong shape
  'unauthorized', // 401
  'forbidden', // 403: origin, host, cross-site
  'not_found', // 404
  'conflict', // 409: not in this state
  'precondition_failed', // 412: another version of a protocol
  'payload_too_large', // 413
  'unsupported_media_type', // 415
  'checksum_mismatch', // 460: as tus names it
  'too_many_requests', // 429
  'insufficient_storage', // 507
  'engine_unavailable', // 503
  'invalid_workflow', // 400: the engine refused the graph
  'internal', // 500
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** Body of every failed admin request: the contract page's `{"detail": "<text>"}`, always a string. */
export const errorBodySchema = z.object({ detail: z.string() })
export type ErrorBody = z.infer<typeof errorBodySchema>
