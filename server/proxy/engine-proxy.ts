/**
 * @file Passes the Comfy API through to the engine: `/api/*` as it is, `/engine/*` to the engine's bare paths. Bytes
 * stream both ways untouched, without a size limit of its own. Who may call was decided by the guard before.
 */
import { pipeline } from 'node:stream/promises'
import type { FastifyPluginAsync } from 'fastify'
import { signedIn } from '../http/access.ts'
import { StudioError } from '../http/errors.ts'
import { createEngineRequests } from './engine-request.ts'
import type { EngineTarget } from './engine-target.ts'
import { headersFromEngine } from './forwarded-headers.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Registered at the root; the studio's own `/api/...` routes win by being more precise. */
export function engineProxyRoutes(target: EngineTarget): FastifyPluginAsync {
  return async (app) => {
    const requests = createEngineRequests()
    app.addHook('onClose', async () => requests.close())
    // The body is the engine's to read.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, _payload, done) => done(null))

    for (const url of ['/api', '/api/*', '/engine', '/engine/*']) {
      app.route({
        method: methods,
        url,
        config: signedIn,
        schema: { hide: true },
        handler: async (request, reply) => {
          const address = target.address()
          if (!address) throw new StudioError('engine_unavailable', target.whyNot())
          const answer = await requests.send(request.raw, reply.raw, address, enginePath(request.raw.url!))
          reply.hijack()
          const headers = headersFromEngine(answer.headers)
          // Answered before the body was read whole: the rest of it must not be taken for a next request.
          if (!request.raw.complete) headers.connection = 'close'
          reply.raw.writeHead(answer.statusCode!, answer.statusMessage, headers)
          // A side that went away ends the other; there is nobody left to tell.
          await pipeline(answer, reply.raw).catch(() => undefined)
        },
      })
    }
  }
}

/** The engine's path of a studio path: `/engine/prompt` is the engine's `/prompt`. */
export function enginePath(target: string): string {
  if (!/^\/engine(?=[/?]|$)/.test(target)) return target
  const rest = target.slice('/engine'.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}
