/** @file `/queue` and what reorders or empties it. Answers the whole queue: a move changes more than one place. */
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import { cancelJobsSchema, cancelledJobsSchema, type Job, moveJobSchema, queueSchema } from '#contracts/jobs'
import { signedIn } from '../http/access.ts'
import type { JobView } from './job-view.ts'
import type { QueueService } from './queue-service.ts'

export interface QueueRoutesDeps {
  queue: QueueService
  view: Pick<JobView, 'live'>
  /** Reads what the queue tells of runs whose workflow is not kept. */
  know: (jobs: readonly Job[]) => Promise<void>
}

/** Registered under `/api/admin`. */
export function queueRoutes({ queue, view, know }: QueueRoutesDeps): FastifyPluginAsync {
  return async (scope) => {
    const app = scope.withTypeProvider<ZodTypeProvider>()
    app.addHook('onSend', async (_request, reply) => {
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
    })
    const answer = { 200: queueSchema }

    app.get(
      '/queue',
      {
        config: signedIn,
        schema: { tags: ['queue'], summary: 'What runs and waits, and when it is expected to start', response: answer },
      },
      async () => {
        await know(view.live())
        return queue.read()
      },
    )

    app.post(
      '/queue/pause',
      {
        config: signedIn,
        schema: {
          tags: ['queue'],
          summary: 'Start nothing more',
          description: 'The running job goes on. Holds over restarts.',
          response: answer,
        },
      },
      async () => queue.setPaused(true),
    )

    app.post(
      '/queue/resume',
      { config: signedIn, schema: { tags: ['queue'], summary: 'Go on after a pause', response: answer } },
      async () => queue.setPaused(false),
    )

    app.post(
      '/jobs/:job/move',
      {
        config: signedIn,
        schema: {
          tags: ['queue'],
          summary: 'Move a waiting job to the front, or beside another waiting job',
          description: '409 when the job, or the one beside it, does not wait any more.',
          params: z.object({ job: z.string().max(200) }),
          body: moveJobSchema,
          response: answer,
        },
      },
      async (request) => queue.move(request.params.job, request.body),
    )

    app.post(
      '/jobs/cancel',
      {
        config: signedIn,
        schema: {
          tags: ['queue'],
          summary: 'Cancel some jobs, or all, or all that wait',
          description: 'Jobs that could not be cancelled are named in `errors`; the others are.',
          body: cancelJobsSchema,
          response: { 200: cancelledJobsSchema },
        },
      },
      async (request) => queue.cancel(request.body),
    )
  }
}
