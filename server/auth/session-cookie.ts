/**
 * @file The session cookie's two forms: `__Host-` and `Secure` over https, the plain name on loopback http, where
 * browsers would drop the other. The plain form is never accepted over https. Ids are base64url, so nothing is escaped.
 */
import type { IncomingMessage } from 'node:http'
import { sessionCookieName } from '#contracts/auth'
import { absoluteLimit } from './sessions.ts'

function cookieName(secure: boolean): string {
  return secure ? `__Host-${sessionCookieName}` : sessionCookieName
}

/** The session id a request carries, or null. */
export function readSessionCookie(request: IncomingMessage, secure: boolean): string | null {
  const wanted = `${cookieName(secure)}=`
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const cookie = part.trim()
    if (cookie.startsWith(wanted)) return cookie.slice(wanted.length)
  }
  return null
}

/** `Set-Cookie` value that signs a browser in. */
export function sessionCookie(id: string, secure: boolean): string {
  return setCookie(id, absoluteLimit / 1000, secure)
}

/** `Set-Cookie` value that makes a browser forget the session. */
export function expiredSessionCookie(secure: boolean): string {
  return setCookie('', 0, secure)
}

/** @param maxAge - seconds */
function setCookie(value: string, maxAge: number, secure: boolean): string {
  const attributes = ['Path=/', 'HttpOnly', ...(secure ? ['Secure'] : []), 'SameSite=Strict']
  return [`${cookieName(secure)}=${value}`, `Max-Age=${maxAge}`, ...attributes].join('; ')
}
