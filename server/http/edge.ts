/**
 * @file What is judged before routing, for every request alike: the host, the path as bytes, headers that only a proxy
 * or a framework may set. Refuses early, so that no later part sees two readings of one request.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorBody } from './errors.ts'

export interface EdgeDeps {
  allowsHost: (host: string | undefined) => boolean
  isSecure: (request: IncomingMessage) => boolean
}

/** Headers on every answer; a route may set stronger ones. Nothing but a page may run anything. */
const answerHeaders = Object.entries({
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
})

/** Internal headers of Next and of hosting platforms: whoever sends them from outside means no good. */
const internalHeader =
  /^(x-middleware-|x-invoke-|x-nextjs-|x-next-|x-matched-path$|x-now-route-matches$|x-prerender-|x-original-url$|x-rewrite-url$|next-action$|next-resume$)/

/**
 * Makes the judge for `createApp`.
 * @returns true to go on; on false the answer was sent
 */
export function createEdge({ allowsHost, isSecure }: EdgeDeps) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    for (const [name, value] of answerHeaders) response.setHeader(name, value)
    if (isSecure(request)) response.setHeader('Strict-Transport-Security', 'max-age=31536000')
    const refusal = judge(request, allowsHost)
    if (refusal) {
      refuse(response, refusal)
      return false
    }
    removeInternalHeaders(request)
    return true
  }
}

interface Refusal {
  status: 400 | 403
  detail: string
}

/** The reason to refuse a request (or an upgrade) unrouted, or null. */
export function judge(request: IncomingMessage, allowsHost: EdgeDeps['allowsHost']): Refusal | null {
  if (countHeader(request.rawHeaders, 'host') > 1) return { status: 400, detail: 'More than one Host header' }
  if (!allowsHost(request.headers.host)) return { status: 403, detail: 'Host not allowed' }
  if (!isPlainPath(request.url ?? '')) return { status: 400, detail: 'The address is not acceptable' }
  return null
}

/** ComfyUI clients name a user's files with encoded slashes; nothing else does. */
const encodedSlashAllowed = /^\/(api|engine|engine\/api)\/(v2\/)?userdata\//

/** Nothing encoded, no segment that begins with a dot: nearly every request, judged without decoding. */
const ordinaryPath = /^(?:\/[\w~-][\w.~-]*)*\/?$/

/**
 * Whether a request target has one reading only: a path (no absolute form), validly encoded, and decoded once free of
 * dot segments, empty segments, backslashes and control characters. Encoded separators pass only where clients need them.
 */
export function isPlainPath(target: string): boolean {
  if (!target.startsWith('/')) return false
  const query = target.indexOf('?')
  const path = query < 0 ? target : target.slice(0, query)
  if (ordinaryPath.test(path)) return true
  if (/%2f/i.test(path) && !encodedSlashAllowed.test(path)) return false
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch {
    return false
  }
  if (/[\\\u0000-\u001f\u007f]/.test(decoded)) return false
  const segments = decoded.split('/').slice(1)
  return segments.every(
    (segment, index) => segment !== '.' && segment !== '..' && (segment !== '' || index === segments.length - 1),
  )
}

/** Removes headers no caller may set. */
export function removeInternalHeaders(request: IncomingMessage): void {
  const { headers } = request
  for (const name in headers) {
    if ((name.startsWith('x-') || name.startsWith('next-')) && internalHeader.test(name)) delete headers[name]
  }
}

function countHeader(rawHeaders: readonly string[], name: string): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index]!
    if (candidate.length === name.length && candidate.toLowerCase() === name) count++
  }
  return count
}

function refuse(response: ServerResponse, { status, detail }: Refusal): void {
  const body = JSON.stringify(errorBody(detail))
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    // The body of a refused request is not read.
    Connection: 'close',
  })
  response.end(body)
}
