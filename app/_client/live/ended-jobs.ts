/** @file Which jobs this page heard the end of: the answer that a run was accepted may come after it, and must not undo it. */
import type { QueryClient } from '@tanstack/react-query'
import type { Job } from '#contracts/jobs'
import { liveJobsQuery } from '../queries/jobs.ts'
import { withLiveJob } from './apply.ts'

const endedKey = ['jobs', 'ended'] as const
/** Answers are never later than so many ends. */
const remembered = 200

export function noteEnd(cache: QueryClient, id: string): void {
  cache.setQueryData<readonly string[]>(endedKey, (ids = []) => [...ids.slice(1 - remembered), id])
}

/** Puts a job that was just accepted among the live ones, unless the events have told more of it already. */
export function addAccepted(cache: QueryClient, job: Job): void {
  if (cache.getQueryData<readonly string[]>(endedKey)?.includes(job.id)) return
  cache.setQueryData(liveJobsQuery.queryKey, (jobs = []) =>
    jobs.some(({ id }) => id === job.id) ? jobs : withLiveJob(jobs, job),
  )
}
