/** @file What a person does to the queue: pause, go on, put a job elsewhere, cancel many. */
import type { CancelJobs, CancelledJobs, MoveJob, Queue } from '#contracts/jobs'
import { postJson } from '../http.ts'

export const setQueuePaused = (paused: boolean) =>
  postJson<Queue>(`/api/admin/queue/${paused ? 'pause' : 'resume'}`, {})

export const moveJob = (job: string, place: MoveJob) =>
  postJson<Queue>(`/api/admin/jobs/${encodeURIComponent(job)}/move`, place)

export const cancelJobs = (which: CancelJobs) => postJson<CancelledJobs>('/api/admin/jobs/cancel', which)
