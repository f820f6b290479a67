'use client'
import { useQuery } from '@tanstack/react-query'
/** @file The time left of a job in words, from its pace and from what runs like it took before. */
import type { Job } from '#contracts/jobs'
import { estimate } from './eta.ts'
import { formatDuration, formatRoughly } from './format/time.ts'
import { queueQuery } from './queries/queue.ts'
import { useNow } from './use-now.ts'

export interface Pace {
  /** `1 m 12 s`, since the start */
  elapsed: string
  /** `about 2 min left`, `longer than usual`, or '' */
  left: string
}

export function usePace(job: Job | null): Pace {
  const now = useNow()
  const queue = useQuery(queueQuery).data
  if (job === null || job.started_at === null || now === 0) return { elapsed: '', left: '' }
  const takes = queue?.jobs.find(({ id }) => id === job.id)?.takes ?? null
  const eta = estimate(job, now, takes)
  const left = eta.overdue ? 'longer than usual' : eta.left === null ? '' : `${formatRoughly(eta.left)} left`
  return { elapsed: formatDuration(now - job.started_at), left }
}
