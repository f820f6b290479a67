/** @file Which address a request came from, for throttling only. */
import type { IncomingMessage } from 'node:http'

/**
 * @param trustProxy - whether forwarded headers were written by a proxy in front and not by the caller
 * @returns the address in text; never empty
 */
export function clientAddress(request: IncomingMessage, trustProxy: boolean): string {
  if (trustProxy) {
    const { 'cf-connecting-ip': cloudflare, 'x-forwarded-for': forwarded } = request.headers
    // The last hop of X-Forwarded-For is the one our own proxy wrote; earlier ones are the caller's claim.
    const address = first(cloudflare) ?? first(forwarded)?.split(',').at(-1)?.trim()
    if (address) return address.slice(0, 64)
  }
  return request.socket.remoteAddress ?? 'unknown'
}

function first(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
