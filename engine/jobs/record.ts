/**
 * @file The job record in memory: how one is made from an accepted prompt, and what the queue, the studio and the wire
 * see of it. Pure; `record-file.ts` puts it on disk.
 */
import type { NodeMeta, UiOutput } from '#contracts/comfy/messages'
import type { Prompt, QueueItem } from '#contracts/comfy/prompt'
import type { Job, JobError, JobProgress, JobRecord, JobStatus, NodeRun, StudioRun } from '#contracts/jobs'

/** A prompt that was validated and is to be queued. */
export interface AcceptedPrompt {
  promptId: string
  /** Queue priority: lower runs first. */
  number: number
  /** As converted by validation. */
  prompt: Prompt
  /** Without secrets; contains `client_id` and `create_time`. */
  extraData: Record<string, unknown>
  /** Reach the nodes, never a disk or an answer. */
  secrets: Record<string, unknown>
  outputsToExecute: string[]
  studio: StudioRun | null
}

export type EndStatus = Exclude<JobStatus, 'queued' | 'running'>

/** What a run left for the history. */
export interface RunTrace {
  outputs: Record<string, UiOutput>
  meta: Record<string, NodeMeta>
  /** `[type, data]` of the messages that history keeps. */
  messages: [string, Record<string, unknown>][]
  /** When each node ran, if that is known. */
  nodes?: NodeRun[]
}

/**
 * Keys of `extra_data` that are taken out of every answer and file.
 * @see ComfyUI's hosted nodes, which get their credentials by these names
 */
const secretKeys = ['auth_token_comfy_org', 'api_key_comfy_org'] as const

export function splitSecrets(extraData: Record<string, unknown>): {
  open: Record<string, unknown>
  secrets: Record<string, unknown>
} {
  const open = { ...extraData }
  const secrets: Record<string, unknown> = {}
  for (const key of secretKeys) {
    if (!Object.hasOwn(open, key)) continue
    secrets[key] = open[key]
    delete open[key]
  }
  return { open, secrets }
}

/** `YYYYMMDD_HHMMSS_<6 hex>` in UTC. @param suffix - six hex digits */
export function jobId(now: Date, suffix: string): string {
  const digits = now.toISOString().replace(/[-:]/g, '')
  return `${digits.slice(0, 8)}_${digits.slice(9, 15)}_${suffix}`
}

/** @param createdAt - Unix seconds */
export function queuedRecord(id: string, accepted: AcceptedPrompt, createdAt: number): JobRecord {
  const clientId = accepted.extraData.client_id
  return {
    version: 1,
    id,
    prompt_id: accepted.promptId,
    status: 'queued',
    number: accepted.number,
    workflow: accepted.studio?.workflow ?? null,
    inputs: accepted.studio?.inputs ?? {},
    seeds: accepted.studio?.seeds ?? {},
    created_at: createdAt,
    started_at: null,
    finished_at: null,
    outputs: [],
    error: null,
    retry_of: accepted.studio?.retry_of ?? null,
    client_id: typeof clientId === 'string' ? clientId : null,
    prompt: accepted.prompt,
    extra_data: accepted.extraData,
    outputs_to_execute: accepted.outputsToExecute,
    history: null,
  }
}

/** The record of the same job, ended. @param finishedAt - Unix seconds */
export function endedRecord(
  record: JobRecord,
  status: EndStatus,
  finishedAt: number,
  error: JobError | null,
  trace: RunTrace,
): JobRecord {
  return {
    ...record,
    status,
    finished_at: finishedAt,
    error,
    ...(trace.nodes && { nodes: trace.nodes }),
    history: {
      outputs: trace.outputs,
      meta: trace.meta,
      status: {
        status_str: status === 'completed' ? 'success' : 'error',
        completed: status === 'completed',
        messages: trace.messages,
      },
    },
  }
}

/** What the admin API and the feed show of a record. */
export function jobOf(record: JobRecord, progress: JobProgress | null): Job {
  const { version, client_id, prompt, extra_data, outputs_to_execute, nodes, history, ...job } = record
  return { ...job, progress }
}

/** The queue item on the Comfy wire. */
export function queueItemOf(record: JobRecord): QueueItem {
  return [record.number, record.prompt_id, record.prompt as Prompt, record.extra_data, record.outputs_to_execute]
}

export function hasEnded(status: JobStatus): status is EndStatus {
  return status !== 'queued' && status !== 'running'
}
