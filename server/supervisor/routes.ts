/** @file The engine as a person handles it: its log, starting it again, giving its memory back. Under `/api/admin/engine`. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import {
  engineLogQuerySchema,
  engineLogSchema,
  engineRestartSchema,
  freedMemorySchema,
  freeMemorySchema,
  type System,
} from '#contracts/system'
import type { EngineClient } from '../engine-client/engine-client.ts'
import type { EventSink } from '../events/event-log.ts'
import { signedIn } from '../http/access.ts'
import type { EngineLink } from './engine-link.ts'

export interface EngineRoutesDeps {
  link: Pick<EngineLink, 'log' | 'restart'>
  client: Pick<EngineClient, 'free'>
  queue: () => Pick<System['queue'], 'running' | 'pending'>
  events: EventSink
}

/** Registered under `/api/admin`. */
export function engineRoutes({ link, client, queue, events }: EngineRoutesDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/engine/log',
      {
        config: signedIn,
        schema: {
          tags: ['engine'],
          summary: 'What the engine printed of late, also after it died',
          querystring: engineLogQuerySchema,
          response: { 200: engineLogSchema },
        },
      },
      async (request, reply) => {
        reply.header('cache-control', 'no-store')
        return { lines: await link.log(request.query.after ?? 0, request.query.limit) }
      },
    )

    app.post(
      '/engine/restart',
      {
        config: signedIn,
        schema: {
          tags: ['engine'],
          summary: 'End the engine and start it again',
          description: 'A running job is stopped and kept as interrupted; what waits starts by itself afterwards.',
          response: { 202: engineRestartSchema },
        },
      },
      async (_request, reply) => {
        const { running, pending: waiting } = queue()
        link.restart()
        events.append('engine.down', 'info', 'The engine is restarted, as asked', { detail: 'restarted' })
        return reply.code(202).send({ running, waiting })
      },
    )

    app.post(
      '/engine/free',
      {
        config: signedIn,
        schema: {
          tags: ['engine'],
          summary: 'Give memory back after the current step',
          body: freeMemorySchema,
          response: { 200: freedMemorySchema },
        },
      },
      async (request) => {
        await client.free({ unloadModels: request.body.unload_models, freeMemory: true })
        return { status: 'ok' as const }
      },
    )
  }
}
