/**
 * @file Which headers pass between a caller and the engine. Credentials end at the studio: the engine never sees a key,
 * a cookie or where the caller came from. Pure.
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'

/** Concern one connection, not the message (RFC 9110, 7.6.1). */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const keptFromEngine: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'x-api-key',
  'host',
  // Already answered by our own server.
  'expect',
  // Already judged; the engine would compare them with its own loopback address.
  'origin',
  'referer',
])

/** Headers for the engine of a request as it came in. @param host - the engine's own `host:port` */
export function headersForEngine(
  headers: IncomingHttpHeaders,
  { host, apiKey }: { host: string; apiKey: string | null },
): OutgoingHttpHeaders {
  const dropped = namedByConnection(headers.connection)
  const passed: OutgoingHttpHeaders = { host }
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || hopByHop.has(name) || keptFromEngine.has(name) || dropped.has(name)) continue
    if (/^(sec-fetch-|x-forwarded-|cf-|forwarded$|x-real-ip$)/.test(name)) continue
    passed[name] = value
  }
  if (apiKey !== null) passed['x-api-key'] = apiKey
  return passed
}

/**
 * Headers for the caller of an answer of the engine. What it sends was made from users' files: it may be shown and
 * played, never run, framed or allowed to set a cookie.
 */
export function headersFromEngine(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const dropped = namedByConnection(headers.connection)
  const passed: OutgoingHttpHeaders = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || hopByHop.has(name) || dropped.has(name)) continue
    if (name === 'set-cookie' || name === 'server' || name.startsWith('access-control-')) continue
    passed[name] = value
  }
  passed['content-security-policy'] = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
  passed['x-content-type-options'] = 'nosniff'
  passed['x-frame-options'] = 'DENY'
  return passed
}

/** A Connection header may name further headers that end here. */
function namedByConnection(connection: string | undefined): ReadonlySet<string> {
  return new Set(connection?.split(',').map((name) => name.trim().toLowerCase()))
}
