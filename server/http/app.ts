/**
 * @file Makes the Fastify app every module registers its routes on: zod as the type provider, one error answer, one
 * guard. Knows no route; `server/studio.ts` wires them. What happens before routing (hosts, paths, headers) is `edge.ts`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Authenticator } from './access.ts'
import { StudioError } from './errors.ts'
import { answerFailure } from './failure.ts'
import { installGuard } from './guard.ts'

export type App = ReturnType<typeof createApp>

export interface AppOptions {
  authenticator: Authenticator
  /** Refuses a state-changing request that another site made a browser send; see `server/auth/cross-site.ts`. */
  refuseCrossSite?: (request: IncomingMessage) => void
  /** Judges a request before routing; answers it itself and gives false to refuse it. */
  edge?: (request: IncomingMessage, response: ServerResponse) => boolean
  log?: FastifyBaseLogger
}

/**
 * The app without routes. Each route added to it must state its access (`config: signedIn`), else registering throws.
 * JSON bodies are parsed (1 MiB); a module that streams a body registers a content type parser in its own scope.
 */
export function createApp({ authenticator, refuseCrossSite, edge, log }: AppOptions) {
  const app = fastify({
    ...(log ? { loggerInstance: log } : { logger: false }),
    logController: new LogController({ disableRequestLogging: true }),
    // A body may take as long as its line is slow (uploads); slow headers are still cut by `headersTimeout`.
    requestTimeout: 0,
    routerOptions: { maxParamLength: 1024 },
    serverFactory: (handler) => createHttpServer(handler, edge),
    frameworkErrors: (error, request, reply) => answerFailure(error, request, reply as never),
  }).withTypeProvider<ZodTypeProvider>()

  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerFailure)
  // Clients name the type also when they send nothing; a route that needs a body still refuses none.
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else parseJson(request, body as string, done)
  })
  const accessTable = installGuard(app, { authenticator, refuseCrossSite })
  app.setNotFoundHandler(() => {
    throw new StudioError('not_found', 'Not found')
  })
  return Object.assign(app, { accessTable })
}

function createHttpServer(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  edge: AppOptions['edge'],
): Server {
  const listener = edge
    ? (request: IncomingMessage, response: ServerResponse) => {
        if (edge(request, response)) handler(request, response)
      }
    : handler
  const server = createServer({ maxHeaderSize: 32_768, requestTimeout: 0, headersTimeout: 30_000 }, listener)
  // Longer than the proxy in front keeps its own idle connections, so that it never writes into a closing one.
  server.keepAliveTimeout = 120_000
  return server
}
