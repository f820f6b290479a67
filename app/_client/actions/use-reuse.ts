'use client'
/** @file Making something again: the runner filled with the settings of a file's job, or the same run with new seeds at once. */
import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useMemo } from 'react'
import type { JobDetail } from '#contracts/jobs'
import { inWords } from '../api-error.ts'
import type { MediaItem } from '../media-item.ts'
import { notify } from '../notify.ts'
import { jobQuery } from '../queries/jobs.ts'
import { createJob } from './jobs.ts'

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
    const withJob = async (item: MediaItem, act: (job: JobDetail) => unknown) => {
      if (item.job === null) {
        notify.warning('No job is known that made this file')
        return
      }
      try {
        await act(await cache.fetchQuery({ ...jobQuery(item.job), staleTime: 60_000 }))
      } catch (error) {
        notify.error(inWords(error))
      }
    }
    return {
      reuse: (item) =>
        void withJob(item, (job) => {
          if (job.workflow === null) {
            notify.warning('A ComfyUI client made this: there is no form for its settings')
          } else router.push(`/run/${encodeURIComponent(job.workflow.id)}?from=${job.id}`)
        }),
      newSeed: (item) =>
        void withJob(item, async (job) => {
          if (job.workflow === null || Object.keys(job.seeds).length === 0) {
            notify.warning(
              job.workflow === null
                ? 'A ComfyUI client made this: its seed is not known'
                : `${job.workflow.name} uses no seed: it would make the same again`,
            )
            return
          }
          const inputs = Object.fromEntries(Object.entries(job.inputs).filter(([id]) => !(id in job.seeds)))
          await createJob({ workflow: job.workflow.id, inputs })
          notify.success(`${job.workflow.name} is queued with a new seed`)
        }),
    }
  }, [cache, router])
}
