/** @file `GET /healthz` for machines; telemetry now and over the last hour, and the studio's settings, for people. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { changeSettingsSchema, studioSettingsSchema } from '#contracts/storage'
import {
  healthSchema,
  type System,
  systemHistoryQuerySchema,
  systemHistorySchema,
  systemSchema,
} from '#contracts/system'
import { openToAll, signedIn } from '../http/access.ts'
import type { Build } from './build.ts'
import type { SystemHistoryKeeper } from './history.ts'
import type { Settings } from './studio-settings.ts'

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

export interface SystemRoutesDeps {
  report: () => Promise<System>
  history: Pick<SystemHistoryKeeper, 'interval' | 'since'>
  settings: Settings
}

/** Registered under `/api/admin`. */
export function systemRoutes({ report, history, settings }: SystemRoutesDeps): FastifyPluginAsyncZod {
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

    app.get(
      '/system/history',
      {
        config: signedIn,
        schema: {
          tags: ['system'],
          summary: 'The last hour of telemetry',
          querystring: systemHistoryQuerySchema,
          response: { 200: systemHistorySchema },
        },
      },
      async (request, reply) => {
        reply.header('cache-control', 'no-store')
        return { interval: history.interval, samples: history.since(request.query.since ?? 0) }
      },
    )

    app.get(
      '/settings',
      {
        config: signedIn,
        schema: { tags: ['system'], summary: 'What the studio is set to', response: { 200: studioSettingsSchema } },
      },
      async (_request, reply) => {
        reply.header('cache-control', 'no-store')
        return settings.get()
      },
    )

    app.post(
      '/settings',
      {
        config: signedIn,
        schema: {
          tags: ['system'],
          summary: 'Change settings; what is not named stays',
          body: changeSettingsSchema,
          response: { 200: studioSettingsSchema },
        },
      },
      async (request) => settings.set(request.body),
    )
  }
}
