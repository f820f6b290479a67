/** @file What a person does to jobs: start, cancel, retry. The event stream brings the effect to every page. */

import type { CreateJob, Job } from '#contracts/jobs'
import type { RunWorkflow } from '#contracts/workflows'
import { postJson } from '../http.ts'

const at = (job: string, verb: 'cancel' | 'retry' | 'keep') => `/api/admin/jobs/${encodeURIComponent(job)}/${verb}`

/** @throws ApiError 400 with the reason when the engine or the manifest refuses the values */
export const createJob = (body: Omit<CreateJob, 'front'> & { front?: boolean }) =>
  postJson<Job>('/api/admin/jobs', body)

/** Stops a running job or takes a queued one out of the queue. */
export const cancelJob = (job: string) => postJson<unknown>(at(job, 'cancel'), {})

/** What an interrupted job wrote stays: it asks for nothing any more. */
export const keepFiles = (job: string) => postJson<{ kept: true }>(at(job, 'keep'), {})

/** Runs the same graph again, with the same seeds or new ones. */
export const retryJob = (job: string, seed: 'same' | 'new' = 'same') => postJson<Job>(at(job, 'retry'), { seed })

/** Runs a workflow that is not kept on the pod. */
export const runUnsaved = (body: Omit<RunWorkflow, 'front'> & { front?: boolean }) =>
  postJson<Job>('/api/admin/workflows/run', body)
