'use client'
/** @file How long the job that ended last took, in seconds; null before the first. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { jobsQuery } from '../../_client/queries/jobs.ts'

const noFilters = { q: '', status: [] } as const

export function useLastTook(): number | null {
  const last = useInfiniteQuery(jobsQuery(noFilters)).data?.pages[0]?.jobs[0]
  return last?.started_at && last.finished_at ? last.finished_at - last.started_at : null
}
