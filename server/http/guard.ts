/**
 * @file The one place that decides who may call what. Runs before parsing and before any handler, also for addresses
 * that no route has. How credentials are judged is `server/auth`; this file knows only what routes state.
 */

import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify'
import type { Access, Authenticator } from './access.ts'
import { StudioError } from './errors.ts'
import { answerStranger } from './stranger.ts'

const stateChanging: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

export interface GuardOptions {
  authenticator: Authenticator
  refuseCrossSite?: ((request: IncomingMessage) => void) | undefined
}

/** A route and what it stated. */
export interface RouteAccess {
  method: string
  url: string
  access: Access
}

/**
 * Adds the guard to an app that has no routes yet.
 * @returns the list of all routes registered from now on, for whoever wants to check it
 */
export function installGuard(
  app: Pick<FastifyInstance<RawServerDefault>, 'addHook' | 'decorateRequest'>,
  options: GuardOptions,
): readonly RouteAccess[] {
  const table: RouteAccess[] = []
  const { authenticator, refuseCrossSite } = options
  app.decorateRequest('caller', null)

  app.addHook('onRoute', (route) => {
    const access = route.config?.access
    if (!access) throw new Error(`${String(route.method)} ${route.url} does not state its access`)
    for (const method of [route.method].flat()) table.push({ method, url: route.url, access })
  })

  // With a callback and not a promise: this runs for every request.
  app.addHook('onRequest', (request, reply, done) => {
    try {
      if (admit(request, reply)) done()
    } catch (error) {
      done(error as Error)
    }
  })

  /** @returns whether to go on; on false the answer was sent */
  function admit(request: FastifyRequest, reply: FastifyReply): boolean {
    const access = accessOf(request)
    if (access !== 'public') {
      request.caller = authenticator.authenticate(request.raw)
      if (!request.caller) {
        if (access === 'page' && (request.method === 'GET' || request.method === 'HEAD')) {
          answerStranger(request, reply)
          return false
        }
        throw new StudioError('unauthorized', 'Not authenticated')
      }
    }
    // A key is something only its holder can send; a cookie is sent by the browser whoever asked it to.
    if (stateChanging.has(request.method) && request.caller?.kind !== 'key') refuseCrossSite?.(request.raw)
    return true
  }

  return table
}

/** What the matched route states. An address without a route is not public either. */
function accessOf(request: FastifyRequest): Access {
  return request.routeOptions.config.access ?? 'session-or-key'
}
