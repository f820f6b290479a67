/**
 * @file The description of our own API, generated from the schemas the routes are checked with: it cannot be out of
 * date. Must be installed before the routes.
 */
import swagger, { type SwaggerTransform } from '@fastify/swagger'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import * as z from 'zod'
import { errorBodySchema } from '#contracts/errors'
import { signedIn } from './access.ts'
import type { App } from './app.ts'

const path = '/api/admin/openapi.json'

/** Collects the routes registered after it and serves them as OpenAPI 3.1. */
export async function installOpenApi(app: App, { version }: { version: string }): Promise<void> {
  await app.register(swagger, {
    transform: describeRoute,
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Pod Studio', version, description: 'Every failed request answers `{"detail": "<text>"}`.' },
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

const failure = { description: 'The request failed', ...z.toJSONSchema(errorBodySchema) }
const bytes = { description: 'Bytes', type: 'string', format: 'binary' }

/** One route: from zod, with the failure every route can answer, and a name for the rest of a path. */
const describeRoute: SwaggerTransform = (input) => {
  const { schema, url } = jsonSchemaTransform(input as Parameters<typeof jsonSchemaTransform>[0])
  if (schema.hide) return { schema, url }
  const params = schema.params as { properties?: Record<string, unknown>; required?: string[] } | undefined
  const { '*': rest, ...named } = params?.properties ?? {}
  return {
    url: url.replace(/\*$/, ':path'),
    schema: {
      ...schema,
      ...(rest === undefined
        ? {}
        : {
            params: {
              ...params,
              properties: { ...named, path: rest },
              required: params?.required?.map((name) => (name === '*' ? 'path' : name)),
            },
          }),
      response: { ...((schema.response as object) ?? { 200: bytes }), default: failure },
    },
  }
}
