'use client'
/** @file Queue actions with their effect on the screen at once: an answer is the whole queue; its order goes into the cache. */
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import type { CancelJobs, Job, MoveJob, Queue } from '#contracts/jobs'
import { inWords } from '../api-error.ts'
import { count } from '../format/words.ts'
import { withOrder } from '../live/apply.ts'
import { notify } from '../notify.ts'
import { liveJobsQuery } from '../queries/jobs.ts'
import { queueQuery } from '../queries/queue.ts'
import { systemQuery } from '../queries/system.ts'
import { retryJob } from './jobs.ts'
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
      cache.setQueryData(liveJobsQuery.queryKey, (jobs) => jobs && withOrder(jobs, queue.jobs))
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
    /** Says how many; the toast offers the way back. */
    cancelMany: useCallback(
      async (which: CancelJobs) => {
        const answer = await run(() => cancelJobs(which))
        if (answer === null) return
        const { cancelled, errors } = answer
        // What runs may take a while to stop.
        const running = new Set(cache.getQueryData(liveJobsQuery.queryKey)?.flatMap(isRunning))
        const stopping = errors.filter(({ job }) => running.has(job)).length
        if (errors.length > stopping) notify.error(`${count(errors.length - stopping, 'job')} could not be cancelled`)
        // One after the other: they wait again in the order they had.
        const putBack = async () => {
          for (const job of cancelled) if ((await run(() => retryJob(job))) === null) return
        }
        const said = [
          ...(cancelled.length > 0 ? [`${count(cancelled.length, 'job')} cancelled`] : []),
          ...(stopping > 0 ? [`${stopping} being stopped`] : []),
        ].join(', ')
        const action = { label: 'Put back', onClick: () => void putBack() }
        if (said !== '') notify.plain(said, cancelled.length > 0 ? { action, duration: 10_000 } : {})
      },
      [run, cache],
    ),
  }
}

const isRunning = ({ id, status }: Job) => (status === 'running' ? [id] : [])
