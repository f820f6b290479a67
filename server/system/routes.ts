/** @file `GET /healthz` for machines, `GET /api/admin/system` for people. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { healthSchema, type System, systemSchema } from '#contracts/system'
import { openToAll, signedIn } from '../http/access.ts'
import type { Build } from './build.ts'

/** Registered at the root. Says that the web process answers, and nothing else to strangers. */
export function healthRoutes(build: Build): FastifyPluginAsyncZod {
  return async (app) => {
    const health = { status: 'ok' as const, version: build.version, build_id: build.id }
    app.get(
      '/healthz',
      {
        config: openToAll,
        schema: {
          tags: ['system'],
          summary: 'Whether the web process answers',
          security: [],
          response: { 200: healthSchema },
        },
      },
      async (_request, reply) => {
        reply.header('cache-control', 'no-store')
        return health
      },
    )
  }
}

/** Registered under `/api/admin`. */
export function systemRoutes({ report }: { report: () => Promise<System> }): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/system',
      {
        config: signedIn,
        schema: {
          tags: ['system'],
          summary: 'Pod telemetry and the state of the parts',
          response: { 200: systemSchema },
        },
      },
      async (_request, reply) => {
        reply.header('cache-control', 'no-store')
        return report()
      },
    )
  }
}
