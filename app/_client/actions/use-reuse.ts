'use client'
/** @file Making something again: the runner filled with the settings of a file's job, or the same run with new seeds at once. */
import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useMemo } from 'react'
import { inWords } from '../api-error.ts'
import type { MediaItem } from '../media-item.ts'
import { notify } from '../notify.ts'
import { jobQuery } from '../queries/jobs.ts'
import { runFrom } from '../run-address.ts'
import { retryJob } from './jobs.ts'

export interface Reuse {
  /** Opens the runner with the settings that made the file. */
  reuse(item: MediaItem): void
  /** Queues a run with the same settings and new seeds. */
  newSeed(item: MediaItem): void
}

/** Neither rejects: what cannot be done is said in words. */
export function useReuse(): Reuse {
  const router = useRouter()
  const cache = useQueryClient()
  return useMemo(() => {
    const withJob = async ({ job }: MediaItem, act: (job: string) => Promise<void>) => {
      if (job === null) {
        notify.warning('No job is known that made this file')
        return
      }
      try {
        await act(job)
      } catch (error) {
        notify.error(inWords(error))
      }
    }
    return {
      reuse: (item) =>
        void withJob(item, async (job) => {
          const { workflow } = await cache.fetchQuery({ ...jobQuery(job), staleTime: 60_000 })
          router.push(runFrom(job, workflow?.id ?? null, item.key))
        }),
      newSeed: (item) =>
        void withJob(item, async (job) => {
          const { workflow } = await retryJob(job, 'new')
          notify.success(`${workflow?.name ?? 'The run'} is queued with a new seed`)
        }),
    }
  }, [cache, router])
}
