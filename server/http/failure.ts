/**
 * @file Turns whatever was thrown into the one error answer, `{"detail": "<text>"}`. An unknown error becomes a plain
 * 500 and its text stays in the log.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { isOutOfSpace } from '#platform/files/durable-write'
import { errorBody, StudioError, statusOf } from './errors.ts'

/** Fastify error handler. */
export function answerFailure(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const failure = toStudioError(thrown)
  if (failure.code === 'internal') {
    request.log.error({ err: thrown, method: request.method, route: request.routeOptions.url }, 'request failed')
  }
  if (reply.raw.headersSent) {
    // Half an answer cannot be taken back; a broken connection at least cannot be mistaken for a whole one.
    reply.raw.destroy()
    return
  }
  if (failure.retryAfter !== undefined) void reply.header('retry-after', String(Math.ceil(failure.retryAfter)))
  if (failure.code === 'unauthorized') void reply.header('www-authenticate', 'Bearer realm="Pod Studio"')
  void reply
    .code(statusOf[failure.code])
    .header('content-type', 'application/json; charset=utf-8')
    .header('cache-control', 'no-store')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(errorBody(failure.message))
}

/** The typed error a thrown value amounts to; `internal` when it says nothing a caller may read. */
export function toStudioError(thrown: unknown): StudioError {
  if (thrown instanceof StudioError) return thrown
  if (isOutOfSpace(thrown)) {
    return new StudioError('insufficient_storage', 'No space left on the disk: delete something first', {
      cause: thrown,
    })
  }
  const error = thrown as Partial<FastifyError> | null
  if (hasZodFastifySchemaValidationErrors(error)) {
    const inBody = (error as { validationContext?: string }).validationContext === 'body'
    const words = error.validation.map((issue) => {
      const where = issue.instancePath.replace(/^\//, '').replaceAll('/', '.')
      return where ? `${where}: ${issue.message}` : (issue.message ?? 'not acceptable')
    })
    return new StudioError(inBody ? 'invalid_body' : 'invalid_request', words.join('; ').slice(0, 1000))
  }
  switch (error?.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new StudioError('payload_too_large', 'The request body is too large')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new StudioError('invalid_request', 'This content type is not accepted here')
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new StudioError('invalid_request', 'The body is not valid JSON')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new StudioError('invalid_request', 'The body is not as long as its Content-Length says')
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new StudioError('invalid_request', 'The address is not acceptable')
  }
  return new StudioError('internal', 'Internal server error', { cause: thrown })
}
