'use client'
/** @file Queue actions with their effect on the screen at once: an answer is the whole queue, which goes into the cache. */
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import type { MoveJob, Queue } from '#contracts/jobs'
import { inWords } from '../api-error.ts'
import { count } from '../format/words.ts'
import { notify } from '../notify.ts'
import { liveJobsQuery } from '../queries/jobs.ts'
import { queueQuery } from '../queries/queue.ts'
import { systemQuery } from '../queries/system.ts'
import { cancelJobs, moveJob, setQueuePaused } from './queue.ts'

export function useQueueActions() {
  const cache = useQueryClient()
  const [busy, setBusy] = useState(false)

  const run = useCallback(async <T>(action: () => Promise<T>): Promise<T | null> => {
    setBusy(true)
    try {
      return await action()
    } catch (error) {
      notify.error(inWords(error))
      return null
    } finally {
      setBusy(false)
    }
  }, [])

  const show = useCallback(
    (queue: Queue | null) => {
      if (queue === null) return false
      cache.setQueryData(queueQuery.queryKey, queue)
      cache.setQueryData(liveJobsQuery.queryKey, queue.jobs)
      void cache.invalidateQueries({ queryKey: systemQuery.queryKey })
      return true
    },
    [cache],
  )

  return {
    busy,
    setPaused: useCallback(async (paused: boolean) => show(await run(() => setQueuePaused(paused))), [run, show]),
    /** @returns whether it stands there now */
    move: useCallback(async (job: string, place: MoveJob) => show(await run(() => moveJob(job, place))), [run, show]),
    cancelWaiting: useCallback(async () => {
      const answer = await run(() => cancelJobs({ all: true, except_running: true }))
      if (answer === null) return
      const { cancelled, errors } = answer
      if (errors.length > 0) notify.error(`${count(errors.length, 'job')} could not be cancelled`)
      else notify.plain(`${count(cancelled.length, 'job')} taken out of the queue`)
    }, [run]),
  }
}
