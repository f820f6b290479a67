'use client'
/** @file Cancel and retry with their words when they fail. */
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { inWords } from '../api-error.ts'
import { notify } from '../notify.ts'
import { jobQuery } from '../queries/jobs.ts'
import { cancelJob, keepFiles, retryJob } from './jobs.ts'

export function useJobActions() {
  const cache = useQueryClient()
  const [busy, setBusy] = useState(false)
  /** @returns null when it failed, which was said */
  const run = useCallback(async <T>(action: () => Promise<T>, done: string | null): Promise<T | null> => {
    setBusy(true)
    try {
      const answer = await action()
      if (done !== null) notify.success(done)
      return answer
    } catch (error) {
      notify.error(inWords(error))
      return null
    } finally {
      setBusy(false)
    }
  }, [])
  return {
    busy,
    cancel: useCallback((job: string) => run(() => cancelJob(job), null), [run]),
    /** Cancels a waiting job; the toast offers the way back. */
    takeOut: useCallback(
      (job: string, name: string) =>
        run(async () => {
          await cancelJob(job)
          const action = { label: 'Put back', onClick: () => void run(() => retryJob(job), null) }
          notify.plain(`${name} taken out of the queue`, { action, duration: 10_000 })
        }, null),
      [run],
    ),
    keep: useCallback(
      (job: string) =>
        run(async () => {
          await keepFiles(job)
          await cache.invalidateQueries({ queryKey: jobQuery(job).queryKey })
        }, 'Kept: nothing more is asked about it'),
      [run, cache],
    ),
    retry: useCallback((job: string) => run(() => retryJob(job), 'Queued again with the same settings'), [run]),
    retryReseeded: useCallback((job: string) => run(() => retryJob(job, 'new'), 'Queued again with a new seed'), [run]),
  }
}
