/**
 * @file Where browsers may come from: the allow-list of hosts (against DNS rebinding) and the rule for requests another
 * site made a browser send. Pure judgement over headers; who is signed in is not known here.
 */
import type { IncomingMessage } from 'node:http'
import { StudioError } from '../http/errors.ts'

export interface OriginPolicy {
  /** Whether a `Host` header names this studio. */
  allowsHost(host: string | undefined): boolean
  /** Whether an `Origin` header is this studio as that request reached it. */
  allowsOrigin(origin: string, host: string | undefined): boolean
  /** Whether the browser reached the studio over https. */
  isSecure(request: IncomingMessage): boolean
  /** @throws StudioError `forbidden` for a state-changing request that did not come from a page of the studio */
  refuseCrossSite(request: IncomingMessage): void
  /** For WebSocket upgrades, which browsers send to any site with cookies. @throws StudioError `forbidden` */
  refuseForeignSocket(request: IncomingMessage, credentials: 'key' | 'session'): void
}

/**
 * @param publicOrigins - allowed beside loopback, which is always allowed
 * @param listenHost - the address the studio was told to listen on: when it is one address, it is a name too
 */
export function createOriginPolicy({
  publicOrigins,
  listenHost,
  trustProxy,
}: {
  publicOrigins: readonly string[]
  listenHost: string
  trustProxy: boolean
}): OriginPolicy {
  const origins = new Set(publicOrigins)
  const ownName = /^(0\.0\.0\.0|::|)$/.test(listenHost)
    ? null
    : hostName(listenHost.includes(':') ? `[${listenHost}]` : listenHost)
  const hosts = new Map(publicOrigins.map((origin) => [new URL(origin).host, new URL(origin).protocol]))

  function allowsHost(host: string | undefined): boolean {
    const name = hostName(host)
    if (!name) return false
    return isLoopbackName(name) || hosts.has(withoutDefaultPort(host!)) || name === ownName
  }

  function allowsOrigin(origin: string, host: string | undefined): boolean {
    if (origins.has(origin)) return true
    // Loopback on whatever port this request used: another local server's pages are not ours.
    const name = hostName(host)
    if (!name || !allowsHost(host) || hosts.has(withoutDefaultPort(host!))) return false
    return origin === `http://${host!.toLowerCase()}` || origin === `https://${host!.toLowerCase()}`
  }

  return {
    allowsHost,
    allowsOrigin,
    isSecure(request) {
      if (hosts.get(withoutDefaultPort(request.headers.host ?? '')) === 'https:') return true
      const forwarded = request.headers['x-forwarded-proto']
      return trustProxy && String(forwarded).split(',')[0]!.trim().toLowerCase() === 'https'
    },
    refuseCrossSite(request) {
      const { origin, host, 'sec-fetch-site': site } = request.headers
      if (origin !== undefined) {
        // `null` is what sandboxed documents and data: pages send: never ours.
        if (origin !== 'null' && allowsOrigin(origin, host)) return
      } else if (site === 'same-origin') {
        return
      }
      throw new StudioError('forbidden', 'Cross-site request refused')
    },
    refuseForeignSocket(request, credentials) {
      const { origin, host } = request.headers
      // Scripts send no Origin and prove themselves with the key; every browser sends one.
      if (origin === undefined && credentials === 'key') return
      if (origin !== undefined && origin !== 'null' && allowsOrigin(origin, host)) return
      throw new StudioError('forbidden', 'Cross-site connection refused')
    },
  }
}

/** The lower-case name or address of a Host header without its port; null when it is not one. */
function hostName(host: string | undefined): string | null {
  if (!host || host.length > 260) return null
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(host)
  return match ? match[1]!.toLowerCase() : null
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name)
}

function withoutDefaultPort(host: string): string {
  return host.toLowerCase().replace(/:(80|443)$/, '')
}
