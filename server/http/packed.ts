/** @file Large JSON answers, packed for clients that take gzip. What is small is one packet or two in any case. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest, onSendAsyncHookHandler } from 'fastify'

const compress = promisify(gzip)
/** Bytes. */
const worthPacking = 4096
/** Lists repeat themselves: more effort gives little, and takes long. */
const level = 3

/** @returns the packed body, or null when it goes as it is */
export async function pack(request: FastifyRequest, body: Uint8Array): Promise<Buffer | null> {
  const takes = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  return takes && body.length > worthPacking ? compress(body, { level }) : null
}

/** For a route's `onSend`: packs the text that Fastify made of the answer. */
export const packAnswer = (async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
  if (typeof payload !== 'string') return payload
  reply.header('vary', 'Accept-Encoding')
  const packed = await pack(request, Buffer.from(payload))
  if (packed === null) return payload
  reply.header('content-encoding', 'gzip').removeHeader('content-length')
  return packed
}) satisfies onSendAsyncHookHandler
