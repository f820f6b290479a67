/** @file gzip for answers of JSON and text, to clients that say they take it. Streams are compressed as they flow. */
import { pipeline, Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createGzip, gzip } from 'node:zlib'
import type { FastifyInstance } from 'fastify'

const compressedTypes = /^(application\/json|text\/plain)\b/
/** Bytes below which a header is not worth it. */
const leastLength = 1024

export function compressAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const type = String(reply.getHeader('content-type') ?? '')
    const isPart = reply.hasHeader('content-range') || reply.hasHeader('content-encoding')
    if (!compressedTypes.test(type) || isPart || request.method === 'HEAD') return payload
    reply.header('vary', 'accept-encoding')
    if (!/\bgzip\b(?!;\s*q=0(?:[,\s]|$))/i.test(String(request.headers['accept-encoding'] ?? ''))) return payload
    if (payload instanceof Readable) {
      reply.header('content-encoding', 'gzip').removeHeader('content-length')
      // An error of the source ends the answer there, as it would without gzip.
      return pipeline(payload, createGzip(), () => undefined)
    }
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload
    if (Buffer.byteLength(payload) < leastLength) return payload
    reply.header('content-encoding', 'gzip').removeHeader('content-length')
    return promisify(gzip)(payload)
  })
}
