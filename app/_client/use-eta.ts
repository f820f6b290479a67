'use client'
import { useInfiniteQuery } from '@tanstack/react-query'
/** @file The time left of a job in words, from its pace and from what such runs took before. */
import type { Job } from '#contracts/jobs'
import { estimate, usualDuration } from './eta.ts'
import { formatDuration, formatRoughly } from './format/time.ts'
import { jobsQuery } from './queries/jobs.ts'
import { useNow } from './use-now.ts'

const noFilters = { q: '', status: [] } as const

export interface Pace {
  /** `1 m 12 s`, since the start */
  elapsed: string
  /** `about 2 min left`, `longer than usual`, or '' */
  left: string
}

export function usePace(job: Job | null): Pace {
  const now = useNow()
  const { data } = useInfiniteQuery(jobsQuery(noFilters))
  if (job === null || job.started_at === null || now === 0) return { elapsed: '', left: '' }
  const finished = data?.pages.flatMap((page) => page.jobs) ?? []
  const eta = estimate(job, now, usualDuration(finished, job.workflow?.id ?? null))
  const left = eta.overdue ? 'longer than usual' : eta.left === null ? '' : `${formatRoughly(eta.left)} left`
  return { elapsed: formatDuration(now - job.started_at), left }
}
