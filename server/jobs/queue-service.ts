/**
 * @file What a person can do with the queue as a whole: look at it, pause it, move and cancel jobs. The engine does it
 * and keeps it; the answers wait a moment for its word, so that they show the effect.
 */
import type * as z from 'zod'
import type { CancelledJobs, cancelJobsSchema, Job, MoveJob, Queue } from '#contracts/jobs'
import type { EngineClient } from '../engine-client/engine-client.ts'
import { StudioError } from '../http/errors.ts'
import type { HeldRuns } from './held-runs.ts'
import type { JobView } from './job-view.ts'
import { lastRuns, usualOf } from './last-runs.ts'
import { isLive } from './live-jobs.ts'
import { forecastQueue } from './queue-forecast.ts'
import { waitForView } from './wait-for-view.ts'

/** Every call but `read` throws StudioError `engine_unavailable` when the engine does not answer. */
export interface QueueService {
  read(): Queue
  setPaused(paused: boolean): Promise<Queue>
  /** @throws StudioError `not_found`, `conflict` when a job of it does not wait */
  move(id: string, place: MoveJob): Promise<Queue>
  cancel(which: z.infer<typeof cancelJobsSchema>): Promise<CancelledJobs>
}

export interface QueueServiceOptions {
  view: JobView
  held: HeldRuns
  engine: Pick<EngineClient, 'steerQueue' | 'dropQueued' | 'cancelJob'>
  paused: () => boolean
  present: <T extends Job>(job: T) => T
  /** Milliseconds since the epoch. */
  now: () => number
  /** Milliseconds that an answer, once the engine gave its own, waits for the feed's word. @default 1500 */
  patience?: number
}

export function createQueueService(options: QueueServiceOptions): QueueService {
  const { view, engine, held, present, now, patience = 1500 } = options

  function read(paused = options.paused()): Queue {
    const live = view.live().map(present)
    const runs = lastRuns(view.ended.from(null), live)
    const takes = (job: Job) => usualOf(runs.get(job)!).seconds
    return forecastQueue(live, { paused, takes, now: now() / 1000 })
  }

  const statusOf = (id: string) => view.find(id)?.status

  return {
    read: () => read(),

    async setPaused(paused) {
      // The feed may tell it a moment after this answer.
      return read((await engine.steerQueue({ command: paused ? 'pause' : 'resume' })).paused)
    },

    async move(id, place) {
      const job = view.find(id)
      if (!job) throw new StudioError('not_found', 'There is no such job')
      const seen = waitForView(view, (change) => change.kind === 'moved' && change.job.id === id)
      try {
        const { done } = await engine.steerQueue(
          'front' in place
            ? { command: 'front', job: id }
            : 'before' in place
              ? { command: 'before', job: id, other: place.before }
              : { command: 'after', job: id, other: place.after },
        )
        if (!done) {
          const what = statusOf(id) === 'queued' ? 'The job beside it' : 'The job'
          throw new StudioError('conflict', `${what} does not wait any more: only waiting jobs can be moved`)
        }
        // A job that stood there already is not told to have moved.
        if (view.find(id)?.number === job.number) await seen.within(patience)
        return read()
      } finally {
        seen.stop()
      }
    },

    async cancel(which) {
      const errors: CancelledJobs['errors'] = []
      const wanted: Job[] = []
      if ('all' in which) {
        wanted.push(...view.live().filter((job) => job.status === 'queued' || !which.except_running))
      } else {
        for (const id of new Set(which.jobs)) {
          const job = view.find(id)
          if (job && isLive(job)) wanted.push(job)
          else
            errors.push({ job: id, detail: job ? `It has already ended: it is ${job.status}` : 'There is no such job' })
        }
      }
      const left = () => wanted.filter(({ id }) => isLive(view.find(id)))
      const ended = waitForView(view, () => left().length === 0)
      try {
        for (const { id } of wanted) {
          const unsent = await held.end(id, 'cancelled', null)
          if (unsent) view.applyFeed({ type: 'job', job: unsent, change: 'ended' })
        }
        const waiting = left().filter((job) => job.status === 'queued')
        const running = wanted.filter((job) => job.status === 'running')
        if (waiting.length > 0) await engine.dropQueued(waiting.map((job) => job.prompt_id))
        // One that waited may have started meanwhile: it is meant too, unless running ones are to be left alone.
        const started =
          'all' in which && which.except_running ? [] : waiting.filter(({ id }) => statusOf(id) === 'running')
        for (const job of [...running, ...started]) await engine.cancelJob(job.prompt_id)
        if (left().length > 0) await ended.within(patience)
      } finally {
        ended.stop()
      }
      const still = new Set(left().map(({ id }) => id))
      for (const id of still) errors.push({ job: id, detail: 'It was told to stop and has not ended yet' })
      return { cancelled: wanted.map(({ id }) => id).filter((id) => !still.has(id)), errors }
    },
  }
}
