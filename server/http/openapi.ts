/**
 * @file The description of our own API, generated from the schemas the routes are checked with: it cannot be out of
 * date. Must be installed before the routes.
 */
import swagger from '@fastify/swagger'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import { signedIn } from './access.ts'
import type { App } from './app.ts'

const path = '/api/admin/openapi.json'

/** Collects the routes registered after it and serves them as OpenAPI 3.1. */
export async function installOpenApi(app: App, { version }: { version: string }): Promise<void> {
  await app.register(swagger, {
    transform: jsonSchemaTransform,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Pod Studio',
        version,
        description: 'The admin API of a Pod Studio. Errors are `{"detail": string}`.',
      },
      security: [{ key: [] }, { bearer: [] }, { session: [] }],
      components: {
        securitySchemes: {
          key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
          bearer: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: 'studio_session' },
        },
      },
    },
  })
  app.get(path, { config: signedIn, schema: { hide: true } }, async (_request, reply) => {
    reply.header('content-type', 'application/json; charset=utf-8').header('cache-control', 'no-cache')
    return app.swagger()
  })
}
