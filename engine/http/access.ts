/**
 * @file Who may talk to the engine. On loopback everyone on this machine, but no web page of another site; elsewhere
 * only who shows the key. One judgement for requests and upgrades.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isLoopbackHost } from '../config.ts'

export interface AccessRules {
  requireKey: boolean
  /** SHA-256 (hex) of the accepted key; asked at each request since the web process may rotate it. */
  keyHash: () => string | null
  /** Non-null switches the origin check off, as CORS is then allowed on purpose. */
  corsOrigin: string | null
}

const maxKeyBytes = 256

/** @returns the status to refuse with, or null to let it in */
export function judgeAccess(request: IncomingMessage, rules: AccessRules): 401 | 403 | null {
  if (rules.requireKey) {
    if (request.method !== 'OPTIONS' && !showsKey(request, rules.keyHash())) return 401
  } else if (!hasLoopbackHost(request)) {
    // A name that resolves to this machine but is not a name of it: DNS rebinding.
    return 403
  }
  return rules.corsOrigin === null && isForeignPage(request) ? 403 : null
}

/** Headers for answers when CORS is on. */
export function corsHeaders(origin: string): Record<string, string> {
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Methods': 'POST, GET, DELETE, PUT, OPTIONS, PATCH',
    'Access-Control-Allow-Headers': 'Content-Type, Authorization',
    'Access-Control-Allow-Credentials': 'true',
  }
}

function showsKey(request: IncomingMessage, expectedHash: string | null): boolean {
  const given = givenKey(request)
  if (given === null || expectedHash === null || Buffer.byteLength(given) > maxKeyBytes) return false
  const expected = Buffer.from(expectedHash, 'hex')
  const actual = createHash('sha256').update(given).digest()
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

function givenKey(request: IncomingMessage): string | null {
  const header = request.headers['x-api-key']
  if (typeof header === 'string' && header !== '') return header
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')
  return bearer?.[1] ?? null
}

function hasLoopbackHost(request: IncomingMessage): boolean {
  const host = parseHost(request.headers.host)
  return request.headers.host === undefined || (host !== null && isLoopbackHost(host.name))
}

/** ComfyUI's rule against requests that another site's page makes. */
function isForeignPage(request: IncomingMessage): boolean {
  if (request.headers['sec-fetch-site'] === 'cross-site') return true
  const { host: hostHeader, origin: originHeader } = request.headers
  if (hostHeader === undefined || originHeader === undefined) return false
  const host = parseHost(hostHeader)
  if (host === null || !isLoopbackHost(host.name)) return false
  // `null` and anything else without a host (sandboxed frames, files) is not us.
  const origin = parseHost(originHeader.replace(/^[a-z][a-z0-9+.-]*:\/\//i, ''))
  if (origin === null || !originHeader.includes('://')) return true
  if (host.name !== origin.name) return true
  return host.port !== null && origin.port !== null && host.port !== origin.port
}

function parseHost(text: string | undefined): { name: string; port: string | null } | null {
  const match = /^(\[[0-9a-f:.]+\]|[^:/?#[\]@\s]+)(?::(\d+))?$/i.exec(text ?? '')
  return match ? { name: match[1]!.toLowerCase(), port: match[2] ?? null } : null
}
