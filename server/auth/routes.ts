/** @file Signing in and out: exchanges the pod's key for a session cookie. Registered under `/api/auth`. */
import type { IncomingMessage } from 'node:http'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import * as z from 'zod'
import { loginResultSchema, loginSchema } from '#contracts/auth'
import { errorBodySchema } from '#contracts/errors'
import { openToAll, signedIn } from '../http/access.ts'
import { StudioError } from '../http/errors.ts'
import type { KeyStore } from './key-store.ts'
import { safeNextPath } from './next-path.ts'
import { expiredSessionCookie, readSessionCookie, sessionCookie } from './session-cookie.ts'
import type { Sessions } from './sessions.ts'
import type { Throttle } from './throttle.ts'

export interface AuthRoutesDeps {
  keys: KeyStore
  sessions: Sessions
  /** Counts failed logins. */
  throttle: Throttle
  addressOf: (request: IncomingMessage) => string
  isSecure: (request: IncomingMessage) => boolean
}

export function authRoutes(deps: AuthRoutesDeps): FastifyPluginAsyncZod {
  const { keys, sessions, throttle, addressOf, isSecure } = deps
  return async (app) => {
    app.post(
      '/login',
      {
        config: openToAll,
        bodyLimit: 16_384,
        schema: {
          tags: ['auth'],
          summary: 'Sign a browser in with the key',
          security: [],
          body: loginSchema,
          response: { 200: loginResultSchema, 401: errorBodySchema, 429: errorBodySchema },
        },
      },
      async (request, reply) => {
        const address = addressOf(request.raw)
        throttle.check(address)
        if (!keys.matches(request.body.api_key)) {
          throttle.failed(address)
          throw new StudioError('unauthorized', 'Invalid API key')
        }
        const secure = isSecure(request.raw)
        // A new id at every login; the one the browser had is worth nothing afterwards.
        await endSession(request.raw, secure)
        reply.header('set-cookie', sessionCookie(await sessions.create(), secure))
        return { status: 'ok' as const, redirect: safeNextPath(request.body.next) }
      },
    )

    // Public, so that signing out also works with a session that ended meanwhile.
    app.post(
      '/logout',
      {
        config: openToAll,
        schema: {
          tags: ['auth'],
          summary: 'End the session',
          security: [],
          response: { 200: z.object({ status: z.literal('ok') }) },
        },
      },
      async (request, reply) => {
        const secure = isSecure(request.raw)
        await endSession(request.raw, secure)
        reply.header('set-cookie', expiredSessionCookie(secure))
        return { status: 'ok' as const }
      },
    )

    app.post(
      '/logout-everywhere',
      {
        config: signedIn,
        schema: {
          tags: ['auth'],
          summary: 'End every session on every device',
          description: 'The key itself stays as it is.',
          response: { 200: z.object({ status: z.literal('ok') }) },
        },
      },
      async (request, reply) => {
        await sessions.endAll()
        reply.header('set-cookie', expiredSessionCookie(isSecure(request.raw)))
        return { status: 'ok' as const }
      },
    )
  }

  async function endSession(request: IncomingMessage, secure: boolean): Promise<void> {
    const id = readSessionCookie(request, secure)
    const hash = id === null ? null : sessions.use(id)
    if (hash !== null) await sessions.end(hash)
  }
}
