/**
 * @file `/internal/studio/feed`: jobs, overall progress, runner state and previews for the studio's web process. A
 * snapshot first, then changes. An observer of the job life cycle.
 */
import type { WebSocket } from 'ws'
import type { Job, JobProgress } from '#contracts/jobs'
import type { FeedMessage, FeedPreview } from '#contracts/studio-feed'
import type { JobObserver, PreviewFrame, RunIdentity } from '../jobs/lifecycle-observer.ts'
import { GuardedSocket } from './guarded-socket.ts'

export type RunnerState = Extract<FeedMessage, { type: 'runner' }>['state']

export interface StudioFeedOptions {
  unfinishedJobs: () => Job[]
  device: () => string
  runnerState: () => RunnerState
  paused: () => boolean
}

/** Milliseconds between progress messages of a job: at most ten a second. */
const progressInterval = 100
/** Bytes waiting for a peer at which previews are left out; the next one is as good. */
const previewBacklog = 1024 * 1024

export class StudioFeed implements JobObserver {
  readonly #options: StudioFeedOptions
  readonly #sockets = new Set<GuardedSocket>()
  #waiting: { run: RunIdentity; progress: JobProgress } | null = null
  /** The model whose opening was told last and is not over. */
  #opening: string | undefined
  #timer: NodeJS.Timeout | null = null

  constructor(options: StudioFeedOptions) {
    this.#options = options
  }

  connect(webSocket: WebSocket): void {
    const socket = new GuardedSocket(webSocket, () => this.#sockets.delete(socket))
    const { unfinishedJobs, device, runnerState, paused } = this.#options
    const snapshot: FeedMessage = {
      type: 'snapshot',
      jobs: unfinishedJobs(),
      device: device(),
      runner: runnerState(),
      paused: paused(),
    }
    socket.send(JSON.stringify(snapshot))
    this.#sockets.add(socket)
  }

  jobChanged(job: Job, change: Extract<FeedMessage, { type: 'job' }>['change']): void {
    if (change === 'ended') this.#dropProgress(job.id)
    this.#send({ type: 'job', job, change })
  }

  pauseChanged(paused: boolean): void {
    this.#send({ type: 'queue', paused })
  }

  progress(run: RunIdentity, progress: JobProgress): void {
    if (this.#sockets.size === 0) return
    this.#waiting = { run, progress }
    // The first goes at once, the newest of an interval at its end. That a model is being opened, and that it is open, are
    // no steps that a later one makes up for: they go at once.
    if (this.#timer === null || progress.loading?.model !== this.#opening) this.#flushProgress()
  }

  preview(run: RunIdentity, frame: PreviewFrame): void {
    if (this.#sockets.size === 0) return
    const header: FeedPreview = { job: run.job, node_id: frame.displayNodeId, image_type: `image/${frame.format}` }
    const json = Buffer.from(JSON.stringify(header))
    const length = Buffer.allocUnsafe(4)
    length.writeUInt32BE(json.length)
    const message = Buffer.concat([length, json, frame.bytes])
    for (const socket of this.#sockets) if (socket.backlog < previewBacklog) socket.send(message)
  }

  /** @param rss - bytes of the runner process, if known */
  runnerChanged(state: RunnerState, detail: string | null, rss: number | null): void {
    this.#send({ type: 'runner', state, detail, rss })
  }

  close(): void {
    this.#stopTimer()
    for (const socket of this.#sockets) socket.close(1001)
  }

  #flushProgress(): void {
    this.#stopTimer()
    if (!this.#waiting) return
    const { run, progress } = this.#waiting
    this.#waiting = null
    this.#opening = progress.loading?.model
    this.#send({ type: 'progress', job: run.job, progress })
    this.#timer = setTimeout(() => this.#flushProgress(), progressInterval)
    this.#timer.unref()
  }

  #dropProgress(job: string): void {
    if (this.#waiting?.run.job === job) this.#waiting = null
    this.#opening = undefined
    // The next job's first progress must not wait for the interval of this one.
    this.#stopTimer()
  }

  #stopTimer(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  #send(message: FeedMessage): void {
    if (this.#sockets.size === 0) return
    const text = JSON.stringify(message)
    for (const socket of this.#sockets) socket.send(text)
  }
}
