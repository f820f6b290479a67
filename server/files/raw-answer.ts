/**
 * @file Answers with bytes straight on the socket: exact length, back-pressure, a broken connection when something goes
 * wrong half-way. For answers that Fastify's own stream handling would make slower or chunked.
 */
import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { createRingWriter, type RingWriter, SourceChangedError } from './ring-writer.ts'

export interface RawAnswer {
  status: number
  headers: OutgoingHttpHeaders
  /** Bytes that {@link RawAnswer.send} will write. */
  length: number
  send(writer: RingWriter, signal: AbortSignal): Promise<void>
}

/** Sends a body that is in memory already, in one write with its headers. */
export function answerBytes(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, headers, body }: { status: number; headers: OutgoingHttpHeaders; body: Uint8Array | null },
): void {
  const length = body === null ? {} : { 'content-length': body.length }
  const all = { ...reply.getHeaders(), ...headers, ...length } as OutgoingHttpHeaders
  reply.hijack()
  reply.raw.writeHead(status, all)
  reply.raw.end(request.method === 'HEAD' ? undefined : body)
}

/** Sends an answer; headers that were set on the reply before (security headers) go with it. Ends the reply. */
export async function answerRaw(request: FastifyRequest, reply: FastifyReply, answer: RawAnswer): Promise<void> {
  const response = reply.raw
  const headers = { ...reply.getHeaders(), ...answer.headers, 'content-length': answer.length } as OutgoingHttpHeaders
  reply.hijack()
  if (request.method === 'HEAD') {
    response.writeHead(answer.status, headers).end()
    return
  }
  const left = new AbortController()
  // Also fires after the last byte, when nobody listens any more.
  response.once('close', () => left.abort(new Error('the reader has gone')))
  try {
    response.writeHead(answer.status, headers)
    const writer = createRingWriter(response, left.signal, Math.max(1, answer.length))
    await answer.send(writer, left.signal)
    await writer.finish()
    response.end()
  } catch (error) {
    if (!left.signal.aborted) {
      const changed = error instanceof SourceChangedError
      request.log[changed ? 'warn' : 'error']({ err: error }, 'an answer was broken off')
    }
    // Never padded, never cut short in silence: the length was announced, so the client sees the break.
    response.destroy()
  }
}
