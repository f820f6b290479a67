/**
 * @file The HTTP server around the routes: access, OPTIONS, CORS, cache headers, bodies of any type, errors. Knows no
 * route; WebSocket upgrades are the `ws/` folder's.
 */
import fastify, { type FastifyInstance } from 'fastify'
import { type AccessRules, corsHeaders, judgeAccess } from './access.ts'
import { cacheControlFor } from './cache-headers.ts'
import { HttpError } from './http-error.ts'
import { type EngineRoute, registerRoutes } from './route.ts'

export interface HttpServerOptions {
  access: AccessRules
  routes: readonly EngineRoute[]
  onError: (error: unknown, what: string) => void
}

/** @returns the server, not yet listening */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const { access } = options
  const app = fastify({
    logger: false,
    // Names of files and ids are longer than the default of 100 characters.
    routerOptions: { maxParamLength: 4096 },
    forceCloseConnections: true,
    // Uploads of any length within the limit; slow clients are the web server's concern.
    requestTimeout: 0,
  })

  // Handlers read bodies themselves, whatever type they claim to be.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))

  app.addHook('onRequest', async (request, reply) => {
    const refused = judgeAccess(request.raw, access)
    if (access.corsOrigin !== null) reply.headers(corsHeaders(access.corsOrigin))
    if (refused !== null) return reply.code(refused).send()
    if (request.method === 'OPTIONS') return reply.code(200).send()
    const type = request.headers['content-type']
    // A type that is not even well-formed would be refused before the handler sees the body.
    if (type !== undefined && !type.startsWith('multipart/form-data')) delete request.headers['content-type']
  })

  app.addHook('onSend', async (request, reply) => {
    if (reply.hasHeader('cache-control')) return
    const path = request.url.split('?', 1)[0]!
    const value = cacheControlFor(path, reply.statusCode)
    if (value !== null) reply.header('cache-control', value)
  })

  app.setErrorHandler((error, request, reply) => {
    // What is left of a body is read and dropped by node, so that a client that is still sending sees the answer.
    if (error instanceof HttpError) return error.send(reply)
    const status = (error as { statusCode?: number }).statusCode
    if (status !== undefined && status >= 400 && status < 500) return reply.code(status).send()
    options.onError(error, `${request.method} ${request.url.split('?', 1)[0]}`)
    return reply.code(500).send({ error: 'Internal server error' })
  })
  app.setNotFoundHandler((_request, reply) => reply.code(404).type('text/plain; charset=utf-8').send('404: Not Found'))

  registerRoutes(app, options.routes)
  return app
}
