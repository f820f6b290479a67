/** @file `/jobs`: list, one, create, cancel, run again. Each answer is the job as the studio knows it now. */
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import {
  createJobSchema,
  type Job,
  jobDetailSchema,
  jobListQuerySchema,
  jobListSchema,
  jobSchema,
  retryJobSchema,
  usualRunSchema,
} from '#contracts/jobs'
import { runWorkflowSchema } from '#contracts/workflows'
import { stringifyExact } from '#platform/exact-json'
import { signedIn } from '../http/access.ts'
import { StudioError } from '../http/errors.ts'
import { packAnswer } from '../http/packed.ts'
import { findInconsistency } from '../workflows/workflow-files.ts'
import type { JobService } from './job-service.ts'
import type { JobView } from './job-view.ts'
import { lastRuns, usualOf } from './last-runs.ts'
import { listJobs } from './list-jobs.ts'

export interface JobRoutesDeps {
  view: JobView
  service: JobService
  /** Leaves out of a job the files that are no longer there. */
  present: <T extends Job>(job: T) => T
  /** Reads what `present` tells of runs whose workflow is not kept. */
  know: (jobs: readonly Job[]) => Promise<void>
}

const jobParams = z.object({ job: z.string().max(200) })

/** Registered under `/api/admin`. */
export function jobRoutes({ view, service, present, know }: JobRoutesDeps): FastifyPluginAsync {
  return async (scope) => {
    const app = scope.withTypeProvider<ZodTypeProvider>()
    // Jobs were parsed when they came in (feed, record); checking a page of them again on the way out costs more than
    // finding it.
    app.setSerializerCompiler(() => (data) => stringifyExact(data))
    app.addHook('onSend', async (_request, reply) => {
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
    })

    app.get(
      '/jobs',
      {
        config: signedIn,
        schema: {
          tags: ['jobs'],
          summary: 'All jobs: running, queued, then ended, newest first',
          querystring: jobListQuerySchema,
          response: { 200: jobListSchema },
        },
        // A hundred jobs with what they made are half a megabyte.
        onSend: packAnswer,
      },
      async (request) => {
        const list = listJobs(view, request.query)
        await know(list.jobs)
        return { ...list, jobs: list.jobs.map(present) }
      },
    )

    app.post(
      '/jobs',
      {
        config: signedIn,
        schema: {
          tags: ['jobs'],
          summary: 'Run a workflow',
          body: createJobSchema,
          response: { 201: jobSchema },
        },
      },
      async (request, reply) => {
        const job = await service.create(request.body)
        return reply.code(201).header('location', `/api/admin/jobs/${job.id}`).send(job)
      },
    )

    app.post(
      '/workflows/run',
      {
        config: signedIn,
        bodyLimit: 6 * 1024 * 1024,
        schema: {
          tags: ['jobs'],
          summary: 'Run a workflow that is not kept, as `inspect` answered it',
          body: runWorkflowSchema,
          response: { 201: jobSchema },
        },
      },
      async (request, reply) => {
        const problem = findInconsistency(request.body.workflow)
        if (problem) throw new StudioError('invalid_workflow', problem)
        const job = await service.runUnsaved(request.body)
        return reply.code(201).header('location', `/api/admin/jobs/${job.id}`).send(job)
      },
    )

    app.get(
      '/workflows/:id/usual',
      {
        config: signedIn,
        schema: {
          tags: ['workflows'],
          summary: 'What a run of this workflow usually takes, time and disk',
          params: z.object({ id: z.string().max(250) }),
          response: { 200: usualRunSchema },
        },
      },
      async (request) => {
        const sought = { workflow: { id: request.params.id, name: '' } }
        return usualOf(lastRuns(view.ended.from(null), [sought]).get(sought)!)
      },
    )

    app.get(
      '/jobs/:job',
      {
        config: signedIn,
        schema: {
          tags: ['jobs'],
          summary: 'One job with its graph and its record',
          params: jobParams,
          response: { 200: jobDetailSchema },
        },
      },
      async (request) => present(await service.detail(request.params.job)),
    )

    app.post(
      '/jobs/:job/cancel',
      {
        config: signedIn,
        schema: {
          tags: ['jobs'],
          summary: 'Cancel a waiting or running job',
          description: '409 when the job has already ended.',
          params: jobParams,
          response: { 200: jobSchema },
        },
      },
      async (request) => present(await service.cancel(request.params.job)),
    )

    app.post(
      '/jobs/:job/retry',
      {
        config: signedIn,
        schema: {
          tags: ['jobs'],
          summary: 'Run an ended job again, with the same graph, and the same seeds or new ones',
          description: '409 while the job waits or runs.',
          params: jobParams,
          body: retryJobSchema,
          response: { 201: jobSchema },
        },
      },
      async (request, reply) => {
        const job = await service.retry(request.params.job, request.body ?? {})
        return reply.code(201).header('location', `/api/admin/jobs/${job.id}`).send(job)
      },
    )
  }
}
