/**
 * @file The Comfy views of a job: its history entry, and the job of `/api/jobs` with counting and preview. Pure.
 */

import type { QueueItem } from '#contracts/comfy/prompt'
import type { JobRecord, JobStatus } from '#contracts/jobs'
import { queueItemOf } from '../jobs/record.ts'

/** States of `/api/jobs`. */
export const comfyJobStates = ['pending', 'in_progress', 'completed', 'failed', 'cancelled'] as const
export type ComfyJobState = (typeof comfyJobStates)[number]

export interface HistoryEntry {
  prompt: QueueItem
  outputs: Record<string, unknown>
  status: Record<string, unknown>
  meta: Record<string, unknown>
}

/** A job of `/api/jobs`; absent fields are left out of the answer. */
export interface ComfyJob {
  id: string
  status: ComfyJobState
  priority: number
  /** Unix milliseconds, as the other times. */
  create_time?: number
  execution_start_time?: number
  execution_end_time?: number
  execution_error?: Record<string, unknown>
  outputs_count: number
  preview_output?: Record<string, unknown>
  workflow_id?: string
}

/** Longest text shown as a preview, in characters. */
const previewTextLength = 1024

const previewableKeys = new Set(['images', 'video', 'audio', '3d', 'text'])
const previewableName = /\.(obj|fbx|gltf|glb|usdz|txt|md|json)$/i

/** The history entry of an ended job. */
export function historyEntryOf(record: JobRecord): HistoryEntry {
  return {
    prompt: queueItemOf(record),
    outputs: record.history?.outputs ?? {},
    status: record.history?.status ?? { status_str: 'error', completed: false, messages: [] },
    meta: record.history?.meta ?? {},
  }
}

export function comfyJobOf(record: JobRecord): ComfyJob {
  const messages = new Map((record.history?.status.messages as [string, Record<string, unknown>][] | undefined) ?? [])
  const status = comfyStateOf(record.status)
  const job: ComfyJob = {
    id: record.prompt_id,
    status,
    priority: record.number,
    create_time: numberOr(record.extra_data.create_time, Math.round(record.created_at * 1000)),
    outputs_count: countOutputs(record.history?.outputs ?? {}),
  }
  const workflowId = workflowIdOf(record.extra_data)
  if (workflowId !== null) job.workflow_id = workflowId
  if (record.history === null) return job

  const started = messages.get('execution_start')?.timestamp ?? milliseconds(record.started_at)
  const ended = ['execution_success', 'execution_error', 'execution_interrupted']
    .map((type) => messages.get(type)?.timestamp)
    .filter((time) => typeof time === 'number')
    .at(-1)
  if (typeof started === 'number') job.execution_start_time = started
  const endTime = ended ?? milliseconds(record.finished_at)
  if (endTime !== null) job.execution_end_time = endTime
  const error = messages.get('execution_error')
  if (status === 'failed' && error) job.execution_error = error
  const preview = previewOf(record.history.outputs)
  if (preview) job.preview_output = preview
  return job
}

export function comfyStateOf(status: JobStatus): ComfyJobState {
  const states = {
    queued: 'pending',
    running: 'in_progress',
    completed: 'completed',
    failed: 'failed',
    cancelled: 'cancelled',
    interrupted: 'cancelled',
  } as const
  return states[status]
}

/** Number of output items over all nodes: every object counts one, texts and the `animated` flags do not. */
export function countOutputs(outputs: Record<string, unknown>): number {
  let count = 0
  for (const { value } of outputItems(outputs)) if (isObject(value)) count++
  return count
}

/** The first previewable output file, else any previewable object, else a text. */
export function previewOf(outputs: Record<string, unknown>): Record<string, unknown> | null {
  let fallback: Record<string, unknown> | null = null
  let text: Record<string, unknown> | null = null
  for (const { nodeId, key, value } of outputItems(outputs)) {
    if (isObject(value)) {
      if (!isPreviewable(key, value)) continue
      const item = { ...value, nodeId, mediaType: key }
      if (value.type === 'output') return item
      fallback ??= item
    } else if (key === 'text' && typeof value === 'string') {
      const truncated = value.length > previewTextLength ? { truncated: true } : {}
      text ??= { content: value.slice(0, previewTextLength), ...truncated, nodeId, mediaType: key }
    }
  }
  return fallback ?? text
}

export function workflowIdOf(extraData: Record<string, unknown>): string | null {
  const info = extraData.extra_pnginfo
  const workflow = isObject(info) ? info.workflow : null
  return isObject(workflow) && typeof workflow.id === 'string' ? workflow.id : null
}

function* outputItems(outputs: Record<string, unknown>) {
  for (const [nodeId, node] of Object.entries(outputs)) {
    if (!isObject(node)) continue
    for (const [key, list] of Object.entries(node)) {
      if (key === 'animated' || !Array.isArray(list)) continue
      for (const value of list) yield { nodeId, key, value: value as unknown }
    }
  }
}

function isPreviewable(key: string, item: Record<string, unknown>): boolean {
  if (previewableKeys.has(key)) return true
  if (typeof item.format === 'string' && /^(video|audio)\//.test(item.format)) return true
  return typeof item.filename === 'string' && previewableName.test(item.filename)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}

function milliseconds(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 1000)
}
