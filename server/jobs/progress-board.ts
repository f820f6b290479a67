/**
 * @file How far running jobs are, for the event stream: tells which job moved at most four times a second each, and
 * gives its newest state when asked.
 */
import type { ProgressEvent } from '#contracts/events'
import type { PreviewStore } from '../previews/preview-store.ts'
import type { JobView } from './job-view.ts'
import { createThrottle } from './throttle.ts'

export interface ProgressBoard {
  /** Progress or preview of a job changed. */
  moved(job: string): void
  /** The job ended: nothing more is told of it. */
  over(job: string): void
  /** Hears which job moved. @returns the way to stop */
  subscribe(listener: (job: string) => void): () => void
  /** Newest progress of a running job, else null. */
  current(job: string): ProgressEvent | null
  close(): void
}

/** Milliseconds between two words about one job. */
const interval = 250

/** @param previewUrl - where the browser finds the newest frame of a job; the number changes with the frame */
export function createProgressBoard(
  view: Pick<JobView, 'find'>,
  previews: Pick<PreviewStore, 'find'>,
  previewUrl: (job: string, frame: number) => string,
): ProgressBoard {
  const listeners = new Set<(job: string) => void>()
  const throttle = createThrottle(interval, (job) => {
    for (const listener of listeners) listener(job)
  })
  return {
    moved: (job) => throttle.poke(job),
    over: (job) => throttle.cancel(job),
    close: () => throttle.close(),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    current(id) {
      const job = view.find(id)
      if (job?.status !== 'running' || !job.progress) return null
      const preview = previews.find(id)
      return { job: id, progress: job.progress, preview: preview ? previewUrl(id, preview.frame) : null }
    },
  }
}
