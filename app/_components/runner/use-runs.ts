'use client'
/** @file Starts one run or many, one after the other, so that they wait in the order of the form. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Job } from '#contracts/jobs'
import { createJob, runUnsaved } from '../../_client/actions/jobs.ts'
import { count } from '../../_client/format/words.ts'
import { addAccepted } from '../../_client/live/ended-jobs.ts'
import { notify } from '../../_client/notify.ts'
import { queueQuery } from '../../_client/queries/queue.ts'
import { rememberValues } from './remembered.ts'
import type { Runnable } from './runnable.ts'
import { type FormValues, toSend } from './values.ts'

interface Runs {
  runs: readonly FormValues[]
  /** of the form, to be remembered */
  form: FormValues
  front: boolean
}

export function useRuns({ what, inputs, key }: Runnable, onQueued: (job: Job) => void) {
  const cache = useQueryClient()
  const run = useMutation({
    async mutationFn({ runs, form, front }: Runs) {
      const queued: Job[] = []
      // Each goes before the last when they go first: backwards they end up in the form's order.
      for (const values of front ? runs.toReversed() : runs) {
        const body = { inputs: toSend(inputs, values), ...(front ? { front } : {}) }
        try {
          const job = await ('id' in what
            ? createJob({ workflow: what.id, ...body })
            : runUnsaved({ workflow: what.file, ...body }))
          queued.push(job)
        } catch (error) {
          if (queued.length > 0) notify.warning(`${queued.length} of ${runs.length} runs were queued`)
          throw error
        }
        addAccepted(cache, queued.at(-1)!)
      }
      rememberValues(key, form)
      return { shown: (front ? queued.at(-1) : queued[0])!, queued }
    },
    onSuccess({ shown, queued }) {
      onQueued(shown)
      void cache.invalidateQueries({ queryKey: queueQuery.queryKey })
      if (queued.length > 1) notify.success(`${count(queued.length, 'run')} queued`)
    },
  })
  return {
    start: (runs: readonly FormValues[], form: FormValues, front: boolean) => run.mutate({ runs, form, front }),
    busy: run.isPending,
    error: run.error,
  }
}
