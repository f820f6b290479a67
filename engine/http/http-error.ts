/** @file An error that already knows its answer. Thrown by handlers and body readers, sent in one place. */
import type { FastifyReply } from 'fastify'
import { stringifyExact } from '#platform/exact-json'

export class HttpError extends Error {
  override name = 'HttpError'
  readonly status: number
  /** A string is sent as plain text, an object as JSON, null as an empty body. */
  readonly body: string | Record<string, unknown> | null

  constructor(status: number, body: string | Record<string, unknown> | null = null) {
    super(typeof body === 'string' ? body : `status ${status}`)
    this.status = status
    this.body = body
  }

  send(reply: FastifyReply): FastifyReply {
    reply.code(this.status)
    if (this.body === null) return reply.send()
    if (typeof this.body === 'string') return reply.type('text/plain; charset=utf-8').send(this.body)
    return reply.type('application/json; charset=utf-8').send(stringifyExact(this.body))
  }
}

/** The form of ComfyUI's small errors: `{"error": "<text>"}`. */
export function refuse(status: number, text: string): HttpError {
  return new HttpError(status, { error: text })
}
