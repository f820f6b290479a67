/** @file Jobs as queries: the finished ones in pages, the live ones as one list that the event stream keeps true. */

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { firstRequests } from '#contracts/first-requests'
import type { Job, JobDetail, JobList, JobStatus } from '#contracts/jobs'
import { getJson } from '../http.ts'

export interface JobFilters {
  q: string
  status: readonly JobStatus[]
}

export const endedStatuses = ['completed', 'failed', 'cancelled', 'interrupted'] as const satisfies JobStatus[]

/** Below this key lie all paged lists; `['jobs', 'live']` and single jobs are beside it. */
export const jobListsKey = ['jobs', 'list'] as const
/** And below this one single jobs. */
export const jobDetailsKey = ['jobs', 'one'] as const

/** Finished jobs, newest first; without a status all four ends. */
export const jobsQuery = (filters: JobFilters) =>
  infiniteQueryOptions({
    queryKey: [...jobListsKey, filters],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: '100' })
      query.set('status', (filters.status.length > 0 ? filters.status : endedStatuses).join(','))
      if (filters.q !== '') query.set('q', filters.q)
      if (pageParam !== '') query.set('cursor', pageParam)
      return getJson<JobList>(`/api/admin/jobs?${query}`, { signal })
    },
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  })

/** Running jobs, then queued ones in running order. Written by the event stream; asked for only before it speaks. */
export const liveJobsQuery = queryOptions({
  queryKey: ['jobs', 'live'],
  queryFn: async ({ signal }): Promise<Job[]> => (await getJson<JobList>(firstRequests.liveJobs, { signal })).jobs,
  staleTime: Number.POSITIVE_INFINITY,
})

/** One job's whole record, with the graph. */
export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: [...jobDetailsKey, id],
    queryFn: ({ signal }) => getJson<JobDetail>(`/api/admin/jobs/${encodeURIComponent(id)}`, { signal }),
  })

/** Address of the newest preview frame of a running job; written by the event stream. */
export const previewQuery = (id: string) =>
  queryOptions<string | null>({
    queryKey: ['jobs', 'preview', id],
    queryFn: () => null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  })
