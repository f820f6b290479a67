/** @file What the life cycle tells to whoever shows jobs: the Comfy WebSocket and the studio feed. */
import type { Job, JobProgress } from '#contracts/jobs'
import type { WireMessage } from '../queue/wire-message.ts'
import type { FromRunner } from '../runner/messages.ts'

export interface RunIdentity {
  job: string
  promptId: string
  /** Who gets the messages of the run, or null. */
  clientId: string | null
}

export type PreviewFrame = Extract<FromRunner, { type: 'preview' }>

export interface JobObserver {
  /** The number of prompts pending or running, or which ones, changed. */
  queueChanged?(): void
  /** The queue was paused, or goes on. */
  pauseChanged?(paused: boolean): void
  jobChanged?(job: Job, change: 'queued' | 'started' | 'output' | 'ended' | 'moved'): void
  runMessage?(run: RunIdentity, message: WireMessage): void
  progress?(run: RunIdentity, progress: JobProgress): void
  preview?(run: RunIdentity, frame: PreviewFrame): void
  text?(run: RunIdentity, nodeId: string, text: string): void
  /** Nothing more comes of this run; its history entry exists. */
  runEnded?(run: RunIdentity): void
}

/** One observer that tells all of them. A failing one is reported and keeps none of the others from hearing. */
export function tellAll(observers: readonly JobObserver[], onFailure: (error: unknown) => void): Required<JobObserver> {
  const tell = (notify: (observer: JobObserver) => void) => {
    for (const observer of observers) {
      try {
        notify(observer)
      } catch (error) {
        onFailure(error)
      }
    }
  }
  return {
    queueChanged: () => tell((observer) => observer.queueChanged?.()),
    pauseChanged: (paused) => tell((observer) => observer.pauseChanged?.(paused)),
    jobChanged: (job, change) => tell((observer) => observer.jobChanged?.(job, change)),
    runMessage: (run, message) => tell((observer) => observer.runMessage?.(run, message)),
    progress: (run, progress) => tell((observer) => observer.progress?.(run, progress)),
    preview: (run, frame) => tell((observer) => observer.preview?.(run, frame)),
    text: (run, nodeId, text) => tell((observer) => observer.text?.(run, nodeId, text)),
    runEnded: (run) => tell((observer) => observer.runEnded?.(run)),
  }
}
