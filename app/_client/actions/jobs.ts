/** @file What a person does to jobs: start, cancel, retry. The event stream brings the effect to every page. */

import * as z from 'zod'
import { type CreateJob, jobSchema } from '#contracts/jobs'
import { postJson } from '../http.ts'

const at = (job: string, verb: 'cancel' | 'retry') => `/api/admin/jobs/${encodeURIComponent(job)}/${verb}`

/** @throws ApiError 400 with the reason when the engine or the manifest refuses the values */
export const createJob = (body: z.input<typeof createBody>) => postJson('/api/admin/jobs', body, jobSchema)

/** Stops a running job or takes a queued one out of the queue. */
export const cancelJob = (job: string) => postJson(at(job, 'cancel'), {}, z.unknown())

/** Runs the same graph with the same seeds again. */
export const retryJob = (job: string) => postJson(at(job, 'retry'), {}, jobSchema)

const createBody = z.custom<Omit<CreateJob, 'front'> & { front?: boolean }>()
