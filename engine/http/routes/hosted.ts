/**
 * @file What the hosted service answers besides, for clients that were written for it: the state of a job, the history as a
 * list, who one is, and whether the server lives. Only what is true of an engine that runs for one team on its own machine.
 */
import type { FastifyRequest } from 'fastify'
import { parseExact } from '#platform/exact-json'
import { type ComfyJob, type ComfyJobState, comfyJobOf, type HistoryEntry } from '../../history/comfy-job.ts'
import { historyLimit, type JobDatabase } from '../../history/job-database.ts'
import type { JobLifecycle } from '../../jobs/lifecycle.ts'
import type { UserStore } from '../../users/user-store.ts'
import { HttpError } from '../http-error.ts'
import { type EngineRoute, pathValue, queryValue, sendJson } from '../route.ts'
import { userOfRequest } from './user-data.ts'

export interface HostedRouteOptions {
  jobs: JobLifecycle
  database: JobDatabase
  users: UserStore
}

/** The service's own words for the states of `/api/jobs`. */
const states = {
  pending: 'pending',
  in_progress: 'in_progress',
  completed: 'completed',
  failed: 'error',
  cancelled: 'cancelled',
} as const satisfies Record<ComfyJobState, string>

/** Entries of a history answer that names no number: they are parsed one by one to leave the workflow out. */
const defaultItems = 100

export function hostedRoutes({ jobs, database, users }: HostedRouteOptions): EngineRoute[] {
  return [
    {
      method: 'GET',
      path: '/job/:id/status',
      at: 'api',
      handle(request, reply) {
        const job = findJob(jobs, database, pathValue(request, 'id'))
        if (!job) throw new HttpError(404, { code: 'NOT_FOUND', message: 'Job not found' })
        return sendJson(reply, statusOf(job))
      },
    },
    {
      method: 'GET',
      path: '/history_v2',
      at: 'api',
      handle(request, reply) {
        const count = wholeNumber(request, 'max_items') ?? defaultItems
        const offset = wholeNumber(request, 'offset') ?? 0
        return sendJson(reply, { history: newest(database, offset, Math.min(count, historyLimit)) })
      },
    },
    {
      method: 'GET',
      path: '/history_v2/:id',
      at: 'api',
      handle(request, reply) {
        const found = database.findEnded(pathValue(request, 'id'))
        if (!found?.inHistory) throw new HttpError(404, { code: 'NOT_FOUND', message: 'Prompt not found' })
        const { prompt, ...entry } = parseExact(found.entry) as HistoryEntry
        const [priority, prompt_id, graph, extra_data, outputs_to_execute] = prompt
        const whole = { priority, prompt_id, prompt: graph, extra_data, outputs_to_execute }
        return sendJson(reply, { [found.promptId]: { ...entry, prompt: whole } })
      },
    },
    {
      method: 'GET',
      path: '/user',
      at: 'api',
      handle: async (request, reply) =>
        sendJson(reply, { id: (await userOfRequest(users, request)) ?? 'default', status: 'active' }),
    },
    {
      method: 'GET',
      path: '/health',
      handle: (_request, reply) => reply.type('text/plain; charset=utf-8').send('OK'),
    },
  ]
}

function findJob(jobs: JobLifecycle, database: JobDatabase, promptId: string): ComfyJob | null {
  const ended = database.findEnded(promptId)
  if (ended) return ended.job
  const live = [...(jobs.running ? [jobs.running] : []), ...jobs.pending].find((job) => job.prompt_id === promptId)
  return live ? comfyJobOf(live) : null
}

function statusOf(job: ComfyJob): Record<string, unknown> {
  const created = job.create_time ?? 0
  const changed = job.execution_end_time ?? job.execution_start_time ?? created
  const text = job.execution_error?.exception_message
  return {
    id: job.id,
    status: states[job.status],
    created_at: isoTime(created),
    updated_at: isoTime(changed),
    last_state_update: isoTime(changed),
    assigned_inference: null,
    error_message: typeof text === 'string' ? text.trim() : null,
  }
}

/** Newest first, the editor's graph left out. */
function newest(database: JobDatabase, offset: number, count: number): Record<string, unknown>[] {
  const end = database.historyCount() - offset
  const first = Math.max(0, end - count)
  const position = end > first ? database.historyPosition(first) : null
  if (position === null) return []
  const rows = database.historyAfter(position, end - first)
  return rows.reverse().map(({ promptId, entry }) => lightEntry(promptId, parseExact(entry) as HistoryEntry))
}

function lightEntry(promptId: string, { prompt, outputs, status, meta }: HistoryEntry): Record<string, unknown> {
  const [priority, , , extraData] = prompt
  const { workflow, ...pngInfo } = asObject(extraData.extra_pnginfo)
  const extra = extraData.extra_pnginfo === undefined ? extraData : { ...extraData, extra_pnginfo: pngInfo }
  const workflowId = asObject(workflow).id
  return {
    prompt_id: promptId,
    create_time: extraData.create_time,
    ...(typeof workflowId === 'string' ? { workflow_id: workflowId } : {}),
    prompt: { priority, prompt_id: promptId, extra_data: extra },
    outputs,
    status,
    meta,
  }
}

function wholeNumber(request: FastifyRequest, name: string): number | null {
  const text = queryValue(request, name)
  if (text === undefined) return null
  if (!/^\d{1,9}$/.test(text)) throw new HttpError(400, { code: 'BAD_REQUEST', message: `${name} must be an integer` })
  return Number(text)
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
