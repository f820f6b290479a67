/** @file `/prompt`, `/queue`, `/interrupt`, `/free`: submitting and steering. */
import { isOutOfSpace } from '#platform/files/durable-write'
import { type JobLifecycle, NotAcceptingError } from '../../jobs/lifecycle.ts'
import { queueItemOf } from '../../jobs/record.ts'
import type { PromptSubmitter } from '../../queue/submit-prompt.ts'
import { HttpError, refuse } from '../http-error.ts'
import { type BodyLimits, readBytes, readJsonObject } from '../read-body.ts'
import { type EngineRoute, sendJson, sendStatus } from '../route.ts'

export interface PromptRouteOptions {
  jobs: JobLifecycle
  submitter: PromptSubmitter
  limits: BodyLimits
  /** Frees memory after the job that runs now. */
  free: (what: { unloadModels: boolean; freeMemory: boolean }) => void
}

export function promptRoutes({ jobs, submitter, limits, free }: PromptRouteOptions): EngineRoute[] {
  return [
    {
      method: 'GET',
      path: '/prompt',
      handle: (_request, reply) => sendJson(reply, { exec_info: { queue_remaining: jobs.remaining } }),
    },
    {
      method: 'POST',
      path: '/prompt',
      async handle(request, reply) {
        const body = await readJsonObject(request.raw, limits, { exact: true })
        const source = request.headers['comfy-usage-source']
        const submission = await submitter.submit(body, typeof source === 'string' ? source : undefined)
        if (!submission.ok) return sendJson(reply, submission.refusal, 400)
        const record = acceptOrExplain(() => jobs.accept(submission.accepted))
        return sendJson(reply, {
          prompt_id: record.prompt_id,
          number: record.number,
          node_errors: submission.nodeErrors,
          job: record.id,
        })
      },
    },
    {
      method: 'GET',
      path: '/queue',
      handle: (_request, reply) =>
        sendJson(reply, {
          queue_running: jobs.running ? [queueItemOf(jobs.running)] : [],
          queue_pending: jobs.pending.map(queueItemOf),
        }),
    },
    {
      method: 'POST',
      path: '/queue',
      async handle(request, reply) {
        const body = await readJsonObject(request.raw, limits)
        if (body.clear) await jobs.cancelPending('all')
        if (Array.isArray(body.delete)) await jobs.cancelPending(body.delete.filter((id) => typeof id === 'string'))
        return sendStatus(reply, 200)
      },
    },
    {
      method: 'POST',
      path: '/interrupt',
      async handle(request, reply) {
        const body = await readTolerantly(() => readBytes(request.raw, limits.maxJsonSize))
        jobs.interrupt(typeof body.prompt_id === 'string' && body.prompt_id !== '' ? body.prompt_id : null)
        return sendStatus(reply, 200)
      },
    },
    {
      method: 'POST',
      path: '/free',
      async handle(request, reply) {
        const body = await readJsonObject(request.raw, limits)
        free({ unloadModels: body.unload_models === true, freeMemory: body.free_memory === true })
        return sendStatus(reply, 200)
      },
    },
  ]
}

function acceptOrExplain<T>(accept: () => T): T {
  try {
    return accept()
  } catch (error) {
    if (error instanceof NotAcceptingError) throw refuse(503, 'The engine is stopping.')
    if (isOutOfSpace(error) || (error as { code?: string }).code === 'SQLITE_FULL') {
      const message = 'The disk is full: the prompt could not be queued.'
      throw new HttpError(507, {
        error: { type: 'insufficient_storage', message, details: message, extra_info: {} },
        node_errors: {},
      })
    }
    throw error
  }
}

/** An object from a body that may be empty or broken. */
async function readTolerantly(read: () => Promise<Buffer>): Promise<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse((await read()).toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
