/**
 * @file Reads request bodies: bounded, whatever the Content-Type says. Gathers small ones (JSON); streams are handed on
 * with the same bound.
 */
import type { IncomingMessage } from 'node:http'
import { type Readable, Transform } from 'node:stream'
import { parseExact } from '#platform/exact-json'
import { HttpError, refuse } from './http-error.ts'

export interface BodyLimits {
  /** Any body, bytes. */
  maxUploadSize: number
  /** Bodies that are gathered and parsed in one go on the event loop, bytes. */
  maxJsonSize: number
}

/** Bytes that are no UTF-8 are refused: replaced, they would end up in file names and texts. */
const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

/** Deepest nesting of accepted JSON; what serialises it later recurses. */
export const maxJsonDepth = 128

/**
 * @returns the parsed value, or undefined for an empty body; whole numbers beyond 2^53 are bigints where `exact` is asked for
 * @throws HttpError 413, or 400 for a body that is not JSON
 */
export async function readJson(request: IncomingMessage, limits: BodyLimits, { exact = false } = {}): Promise<unknown> {
  const bytes = await readBytes(request, Math.min(limits.maxJsonSize, limits.maxUploadSize))
  if (bytes.length === 0) return undefined
  let value: unknown
  try {
    const text = strictUtf8.decode(bytes)
    value = exact ? parseExact(text) : JSON.parse(text)
  } catch {
    throw refuse(400, 'Request body must be valid JSON')
  }
  if (isDeeperThan(value, maxJsonDepth)) throw refuse(400, `Request body is nested deeper than ${maxJsonDepth} levels`)
  return value
}

/** A JSON object. @throws HttpError 413, or 400 for anything else */
export async function readJsonObject(
  request: IncomingMessage,
  limits: BodyLimits,
  options: { exact?: boolean } = {},
): Promise<Record<string, unknown>> {
  const value = await readJson(request, limits, options)
  if (value === undefined) throw refuse(400, 'Request body must be valid JSON')
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse(400, 'Request body must be a JSON object')
  }
  return value as Record<string, unknown>
}

/** @throws HttpError 413 */
export async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of limitBody(request, limit)) chunks.push(chunk as Buffer)
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

/**
 * The body as a stream that fails beyond the limit.
 * @throws HttpError 413 at once when the announced length is over it
 */
export function limitBody(request: IncomingMessage, limit: number): Readable {
  const announced = Number(request.headers['content-length'])
  if (announced > limit) throw new HttpError(413)
  let received = 0
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length
      done(received > limit ? new HttpError(413) : null, chunk)
    },
  })
  request.once('close', () => {
    if (!request.complete) bounded.destroy(new HttpError(400))
  })
  // What comes after the limit is read and dropped, so that the client gets to see the answer.
  bounded.once('close', () => {
    request.unpipe(bounded)
    request.resume()
  })
  return request.pipe(bounded)
}

/** True when the JSON value nests deeper; walks without recursion. */
export function isDeeperThan(value: unknown, limit: number): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true
    const next: unknown[] = []
    for (const item of level) {
      if (typeof item !== 'object' || item === null) continue
      for (const child of Object.values(item)) if (typeof child === 'object' && child !== null) next.push(child)
    }
    level = next
  }
  return false
}
