/** @file Changes every single job that the cache holds, as the lists of jobs are changed. */
import type { QueryClient } from '@tanstack/react-query'
import type { JobDetail } from '#contracts/jobs'
import { jobDetailsKey } from '../queries/jobs.ts'

export function changeDetails(cache: QueryClient, change: (job: JobDetail) => JobDetail): void {
  for (const [key, job] of cache.getQueriesData<JobDetail>({ queryKey: jobDetailsKey })) {
    if (job) cache.setQueryData(key, change(job))
  }
}
