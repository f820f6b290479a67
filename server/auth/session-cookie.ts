/**
 * @file The session cookie's two forms: `__Host-` and `Secure` over https, the plain name on loopback http, where
 * browsers would drop the other. The plain form is never accepted over https.
 */
import type { IncomingMessage } from 'node:http'
import fastifyCookie from '@fastify/cookie'
import { sessionCookieName } from '#contracts/auth'
import { absoluteLimit } from './sessions.ts'

const attributes = { path: '/', httpOnly: true, sameSite: 'strict' } as const

function cookieName(secure: boolean): string {
  return secure ? `__Host-${sessionCookieName}` : sessionCookieName
}

/** The session id a request carries, or null. */
export function readSessionCookie(request: IncomingMessage, secure: boolean): string | null {
  const header = request.headers.cookie
  if (!header) return null
  return fastifyCookie.parse(header)[cookieName(secure)] ?? null
}

/** `Set-Cookie` value that signs a browser in. */
export function sessionCookie(id: string, secure: boolean): string {
  return fastifyCookie.serialize(cookieName(secure), id, { ...attributes, secure, maxAge: absoluteLimit / 1000 })
}

/** `Set-Cookie` value that makes a browser forget the session. */
export function expiredSessionCookie(secure: boolean): string {
  return fastifyCookie.serialize(cookieName(secure), '', { ...attributes, secure, maxAge: 0 })
}
