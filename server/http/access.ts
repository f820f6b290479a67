/**
 * @file How a route states who may call it: `config: { access: ... }`. A route that states nothing is refused when it
 * is registered, and a request that matched no stated access is refused by the guard: deny by default.
 */
import type { IncomingMessage } from 'node:http'

/**
 * - `public`: anyone
 * - `session-or-key`: session cookie, `X-API-Key` or `Authorization: Bearer`; without one 401
 * - `page`: the same, but a browser without one is sent to `/login?next=` (302)
 */
export type Access = 'public' | 'session-or-key' | 'page'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyRequest {
    /** Who asks; null on a public route without credentials. */
    caller: Caller | null
  }
}

/** Write `config: signedIn` on a route of the admin API. */
export const signedIn = { access: 'session-or-key' } as const satisfies { access: Access }
/** Write `config: openToAll` on the few routes that need no credentials. */
export const openToAll = { access: 'public' } as const satisfies { access: Access }

/** What a request proved: the key itself, or a session made with it. */
export type Caller = { kind: 'key' } | { kind: 'session'; sessionHash: string }

/** Judges the credentials of a request; made in `server/auth`. */
export interface Authenticator {
  /**
   * @param allowQueryToken - whether `?token=` counts (WebSocket upgrades only)
   * @returns the caller, or null without valid credentials
   * @throws StudioError `too_many_requests` when an address keeps guessing
   */
  authenticate(request: IncomingMessage, options?: { allowQueryToken?: boolean }): Caller | null
}

/** Lets everybody in. For tests of routes whose subject is not access. */
export const everyoneIsSignedIn: Authenticator = { authenticate: () => ({ kind: 'key' }) }
