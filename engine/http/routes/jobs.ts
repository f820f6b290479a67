/** @file `/api/jobs`: pending, running and finished prompts in one view, and cancelling. */

import type { FastifyRequest } from 'fastify'
import { parseExact } from '#platform/exact-json'
import {
  type ComfyJob,
  type ComfyJobState,
  comfyJobOf,
  comfyJobStates,
  type HistoryEntry,
} from '../../history/comfy-job.ts'
import type { JobDatabase, JobFilter } from '../../history/job-database.ts'
import type { JobLifecycle } from '../../jobs/lifecycle.ts'
import { isCanonicalUuid } from '../../queue/submit-prompt.ts'
import { HttpError, refuse } from '../http-error.ts'
import { type BodyLimits, readJson } from '../read-body.ts'
import { type EngineRoute, pathValue, queryValue, sendJson } from '../route.ts'

export interface JobRouteOptions {
  jobs: JobLifecycle
  database: JobDatabase
  limits: BodyLimits
}

/** Both spellings that clients use: ComfyUI's and the hosted service's. */
const sortColumns: Record<string, JobFilter['sortBy']> = {
  created_at: 'created_at',
  create_time: 'created_at',
  execution_duration: 'execution_duration',
  execution_time: 'execution_duration',
}

export function jobRoutes({ jobs, database, limits }: JobRouteOptions): EngineRoute[] {
  return [
    {
      method: 'GET',
      path: '/jobs',
      at: 'api',
      handle(request, reply) {
        const filter = parseFilter(request)
        const { jobs: page, total } = listJobs(jobs, database, filter)
        const { offset, limit } = filter
        const pagination = { offset, limit, total, has_more: offset + page.length < total }
        return sendJson(reply, { jobs: page, pagination })
      },
    },
    {
      method: 'GET',
      path: '/jobs/:id',
      at: 'api',
      handle(request, reply) {
        const detail = findJob(jobs, database, pathValue(request, 'id'))
        if (!detail) throw refuse(404, 'Job not found')
        return sendJson(reply, detail)
      },
    },
    {
      method: 'POST',
      path: '/jobs/:id/cancel',
      at: 'api',
      handle: async (request, reply) => sendJson(reply, { cancelled: await cancel(jobs, pathValue(request, 'id')) }),
    },
    {
      method: 'POST',
      path: '/jobs/cancel',
      at: 'api',
      async handle(request, reply) {
        const body = (await readJson(request.raw, limits)) as { job_ids?: unknown } | null | undefined
        if (body === undefined) throw refuse(400, 'Request body must be valid JSON')
        const ids = typeof body === 'object' && body !== null ? body.job_ids : undefined
        if (!Array.isArray(ids)) throw refuse(400, 'job_ids must be a list')
        const invalid = ids.filter((id) => !isCanonicalUuid(id))
        if (invalid.length > 0) {
          throw new HttpError(400, { error: 'job_ids contains invalid id(s)', invalid_ids: invalid })
        }
        let cancelled = false
        for (const id of ids as string[]) cancelled = (await cancel(jobs, id)) || cancelled
        return sendJson(reply, { cancelled })
      },
    },
  ]
}

async function cancel(jobs: JobLifecycle, promptId: string): Promise<boolean> {
  return (await jobs.cancelPending([promptId])) > 0 || jobs.interrupt(promptId)
}

function listJobs(jobs: JobLifecycle, database: JobDatabase, filter: JobFilter): { jobs: ComfyJob[]; total: number } {
  const live = [...(jobs.running ? [jobs.running] : []), ...jobs.pending]
    .map(comfyJobOf)
    .filter((job) => filter.states.includes(job.status))
    .filter((job) => filter.workflowId === null || job.workflow_id === filter.workflowId)
  if (live.length === 0) return database.listEnded(filter)

  // What waits or runs is in memory and little; enough ended jobs are read to fill the page around it.
  const reach = filter.limit === null ? null : filter.offset + filter.limit
  const ended = database.listEnded({ ...filter, offset: 0, limit: reach })
  const key = (job: ComfyJob) => (filter.sortBy === 'created_at' ? (job.create_time ?? 0) : duration(job))
  const sign = filter.descending ? -1 : 1
  const merged = [...live, ...ended.jobs].sort((a, b) => sign * (key(a) - key(b)))
  return { jobs: merged.slice(filter.offset, reach ?? undefined), total: ended.total + live.length }
}

function duration(job: ComfyJob): number {
  const { execution_start_time: start, execution_end_time: end } = job
  return start === undefined || end === undefined ? 0 : end - start
}

function findJob(jobs: JobLifecycle, database: JobDatabase, promptId: string): Record<string, unknown> | null {
  const ended = database.findEnded(promptId)
  if (ended) {
    const entry = parseExact(ended.entry) as HistoryEntry
    const [, , prompt, extraData] = entry.prompt
    return {
      ...ended.job,
      outputs: entry.outputs,
      execution_status: entry.status,
      execution_meta: entry.meta,
      workflow: { prompt, extra_data: extraData },
    }
  }
  const live = [...(jobs.running ? [jobs.running] : []), ...jobs.pending].find((job) => job.prompt_id === promptId)
  return live ? { ...comfyJobOf(live), workflow: { prompt: live.prompt, extra_data: live.extra_data } } : null
}

function parseFilter(request: FastifyRequest): JobFilter {
  const states = (queryValue(request, 'status') ?? '')
    .split(',')
    .map((state) => state.trim())
    .filter((state) => state !== '')
  const invalid = states.filter((state) => !(comfyJobStates as readonly string[]).includes(state))
  if (invalid.length > 0) {
    const valid = comfyJobStates.join(', ')
    throw refuse(400, `Invalid status value(s): ${invalid.join(', ')}. Valid values: ${valid}`)
  }
  const sort = queryValue(request, 'sort_by') ?? 'created_at'
  if (!Object.hasOwn(sortColumns, sort)) throw refuse(400, "sort_by must be 'created_at' or 'execution_duration'")
  const order = queryValue(request, 'sort_order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc') throw refuse(400, "sort_order must be 'asc' or 'desc'")
  const limit = parseInteger(queryValue(request, 'limit'), 'limit')
  if (limit !== null && limit <= 0) throw refuse(400, 'limit must be a positive integer')
  return {
    states: states.length > 0 ? (states as ComfyJobState[]) : comfyJobStates,
    workflowId: queryValue(request, 'workflow_id') || null,
    sortBy: sortColumns[sort]!,
    descending: order === 'desc',
    limit,
    offset: Math.max(0, parseInteger(queryValue(request, 'offset'), 'offset') ?? 0),
  }
}

function parseInteger(text: string | undefined, name: string): number | null {
  if (text === undefined) return null
  if (!/^\s*[+-]?\d{1,15}\s*$/.test(text)) throw refuse(400, `${name} must be an integer`)
  return Number(text)
}
