/** @file `GET /events`: the event log as JSON, or as SSE when the caller accepts `text/event-stream`. */
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { eventListSchema, eventQuerySchema, type Snapshot } from '#contracts/events'
import { signedIn } from '../http/access.ts'
import { StudioError } from '../http/errors.ts'
import type { EventLog } from './event-log.ts'
import { openEventStream, type ProgressSource } from './event-stream.ts'
import { createOpenStreams, type OpenStreams } from './open-streams.ts'

export interface EventRoutesDeps {
  log: EventLog
  progress: ProgressSource
  /** The live state for the stream's first message. */
  snapshot: () => Promise<Omit<Snapshot, 'last_event_id'>>
  /** Shared with whoever ends sessions; absent: a list of its own. */
  streams?: OpenStreams
  /** Milliseconds between heartbeats of a stream. @default 15000 */
  heartbeat?: number
  /** Milliseconds a reader may take nothing before it is cut. @default 30000 */
  patience?: number
}

/** Registered under `/api/admin`. */
export function eventRoutes(deps: EventRoutesDeps): FastifyPluginAsync {
  const { log, streams = createOpenStreams() } = deps
  return async (scope) => {
    const app = scope.withTypeProvider<ZodTypeProvider>()
    // Open streams would hold the shutdown for ever; the browser comes back by itself.
    app.addHook('preClose', async () => {
      streams.endAll()
    })

    app.get(
      '/events',
      {
        config: signedIn,
        exposeHeadRoute: false,
        schema: {
          tags: ['events'],
          summary: 'What happened, in order',
          description:
            'JSON: events oldest first; with `since` the first `limit` after it, else the newest `limit`. With ' +
            '`Accept: text/event-stream` the same log as SSE: `snapshot`, then missed events (`Last-Event-ID` or ' +
            '`since`), then live ones, and `progress` at most four times a second and job.',
          querystring: eventQuerySchema,
          response: { 200: eventListSchema },
        },
      },
      async (request, reply) => {
        const { since, limit, types } = request.query
        reply.header('cache-control', 'no-cache, no-transform').header('vary', 'Accept')
        if (!acceptsEventStream(request.headers.accept)) {
          const wanted = types ? new Set(types.split(',').map((type) => type.trim())) : undefined
          const lines = log.read({
            limit,
            ...(since === undefined ? {} : { since }),
            ...(wanted ? { types: wanted } : {}),
          })
          // The log holds the very JSON that is answered; parsing it to write it again would only cost time.
          reply.header('content-type', 'application/json; charset=utf-8')
          return reply.send(`{"events":[${lines.map(({ line }) => line).join(',')}]}` as never)
        }
        if (streams.isFull()) {
          throw new StudioError('too_many_requests', 'Too many event streams are open', { retryAfter: 5 })
        }
        const stream = openEventStream({
          ...deps,
          since: lastEventId(request.headers['last-event-id']) ?? since ?? null,
        })
        streams.add(stream, request.caller)
        reply.header('content-type', 'text/event-stream; charset=utf-8').header('x-accel-buffering', 'no')
        return reply.send(stream as never)
      },
    )
  }
}

function acceptsEventStream(accept: string | undefined): boolean {
  return accept?.toLowerCase().includes('text/event-stream') ?? false
}

/** The id a returning browser saw last; null when the header is absent or not a whole number. */
function lastEventId(header: string | string[] | undefined): number | null {
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header)) return null
  return Number(header)
}
