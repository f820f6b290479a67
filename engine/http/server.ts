/**
 * @file The HTTP server around the routes: access, OPTIONS, CORS, cache headers, bodies of any type, errors. Knows no
 * route; WebSocket upgrades are the `ws/` folder's.
 */
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import fastify, { type FastifyInstance } from 'fastify'
import { type AccessRules, corsHeaders, judgeAccess } from './access.ts'
import { cacheControlFor } from './cache-headers.ts'
import { compressAnswers } from './compress-answers.ts'
import { HttpError } from './http-error.ts'
import { type EngineRoute, registerRoutes } from './route.ts'

export interface HttpServerOptions {
  access: AccessRules
  routes: readonly EngineRoute[]
  onError: (error: unknown, what: string) => void
  /** Key and certificate (PEM): answers over https. */
  tls?: TlsFiles | null
  /** Answers JSON and text with gzip to clients that take it. */
  compress?: boolean
}

export interface TlsFiles {
  key: Buffer
  cert: Buffer
}

/** A server of the given kind; one of https is used like one of http. */
export function createRawServer(tls: TlsFiles | null, handler: RequestListener): Server {
  const server = tls ? (createTlsServer(tls, handler) as unknown as Server) : createServer(handler)
  // Uploads of any length within the limit; slow clients are the web server's concern.
  server.requestTimeout = 0
  return server
}

/** @returns the server, not yet listening */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const { access, tls = null } = options
  const app = fastify<Server>({
    logger: false,
    // Names of files and ids are longer than the default of 100 characters.
    routerOptions: { maxParamLength: 4096 },
    forceCloseConnections: true,
    // Uploads of any length within the limit; slow clients are the web server's concern.
    requestTimeout: 0,
    ...(tls ? { serverFactory: (handler: RequestListener) => createRawServer(tls, handler) } : {}),
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

  if (options.compress === true) compressAnswers(app)
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
