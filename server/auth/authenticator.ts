/**
 * @file Judges the credentials of a request: the key in `X-API-Key`, in `Authorization: Bearer` or (WebSocket upgrades
 * only) in `?token=`, else the session cookie. A key that is given decides alone: a wrong one is not saved by a cookie.
 */
import type { IncomingMessage } from 'node:http'
import type { Authenticator, Caller } from '../http/access.ts'
import type { KeyStore } from './key-store.ts'
import { readSessionCookie } from './session-cookie.ts'
import type { Sessions } from './sessions.ts'
import type { Throttle } from './throttle.ts'

export interface AuthenticatorDeps {
  keys: KeyStore
  sessions: Pick<Sessions, 'use'>
  /** Counts wrong keys per address, so that a weak key from the environment cannot be searched for. */
  throttle: Throttle
  addressOf: (request: IncomingMessage) => string
  isSecure: (request: IncomingMessage) => boolean
}

export function createAuthenticator(deps: AuthenticatorDeps): Authenticator {
  const { keys, sessions, throttle, addressOf, isSecure } = deps

  function judgeKey(key: string, request: IncomingMessage): Caller | null {
    const address = addressOf(request)
    throttle.check(address)
    if (keys.matches(key)) return { kind: 'key' }
    throttle.failed(address)
    return null
  }

  return {
    authenticate(request, { allowQueryToken = false } = {}) {
      const key = presentedKey(request) ?? (allowQueryToken ? queryToken(request) : null)
      if (key !== null) return judgeKey(key, request)
      const id = readSessionCookie(request, isSecure(request))
      const sessionHash = id === null ? null : sessions.use(id)
      return sessionHash === null ? null : { kind: 'session', sessionHash }
    },
  }
}

function presentedKey(request: IncomingMessage): string | null {
  const header = request.headers['x-api-key']
  if (header !== undefined) return Array.isArray(header) ? header.join(', ') : header
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')
  return bearer ? bearer[1]! : null
}

function queryToken(request: IncomingMessage): string | null {
  return new URL(request.url ?? '/', 'http://studio').searchParams.get('token')
}
