/**
 * @file One browser's event stream (SSE): snapshot, missed events, then everything as it happens, with progress beside.
 * The stream holds no queue of its own: it remembers how far it has read the log and which jobs moved, so a slow
 * reader costs nothing, and one that stands still is cut. Who may read and when it starts is `routes.ts`.
 */
import { Readable } from 'node:stream'
import type { ProgressEvent, Snapshot } from '#contracts/events'
import type { EventLog } from './event-log.ts'

/** Live progress, as jobs offer it: at most four changes a second and job. */
export interface ProgressSource {
  /** Hears which job moved. @returns the way to stop */
  subscribe(listener: (job: string) => void): () => void
  /** How far the job is now; null when it is not running. */
  current(job: string): ProgressEvent | null
}

export interface EventStreamOptions {
  log: EventLog
  progress: ProgressSource
  /** The live state, without the log's position. */
  snapshot: () => Promise<Omit<Snapshot, 'last_event_id'>>
  /** Replay events after this id; null begins with the snapshot. */
  since: number | null
  /** Milliseconds between heartbeats. @default 15000 */
  heartbeat?: number
  /** A reader that takes nothing for so many milliseconds is cut. @default 30000 */
  patience?: number
}

/** Hops between us and the browser hold back small frames; two kilobytes pass. A comment: the browser ignores it. */
const padding = `:${' '.repeat(2048)}\n\n`
/** Scripts do not see comments: by an event a page knows that its connection is alive. */
const heartbeatFrame = `${padding}event: heartbeat\ndata: {}\n\n`
/** How many log entries become one chunk. */
const batchSize = 64

/** Opens the stream. Destroying it releases everything it holds. */
export function openEventStream(options: EventStreamOptions): Readable {
  const { log, progress, since, heartbeat = 15_000, patience = 30_000 } = options
  const control: string[] = [`retry: 2000\n${padding}`]
  const moved = new Set<string>()
  /** Id of the newest event that was sent or is older than the snapshot; null until the snapshot was taken. */
  let cursor: number | null = null
  let wanted = false
  let stalled: NodeJS.Timeout | undefined

  const stream = new Readable({
    highWaterMark: 64 * 1024,
    read() {
      wanted = true
      clearTimeout(stalled)
      pump()
    },
    destroy(error, done) {
      clearTimeout(stalled)
      clearInterval(beat)
      stopReading()
      stopProgress()
      done(error)
    },
  })
  const stopReading = log.onPublished(pump)
  const stopProgress = progress.subscribe((job) => {
    moved.add(job)
    pump()
  })
  const beat = setInterval(() => {
    if (!wanted) return
    control.push(heartbeatFrame)
    pump()
  }, heartbeat)

  // What happens while the snapshot is made may be missing from it: it is told again after it, which changes nothing that is
  // known already.
  const lastId = log.lastId()
  options.snapshot().then(begin, (error: unknown) => stream.destroy(error as Error))

  function begin(state: Omit<Snapshot, 'last_event_id'>): void {
    // An id from the future is not ours; the snapshot is all that can be told.
    const replays = since !== null && since < lastId
    const snapshot: Snapshot = { last_event_id: lastId, ...state }
    // While a replay follows, the snapshot has no id: a cut in between must resume inside the replay.
    control.push(frame('snapshot', JSON.stringify(snapshot), replays ? null : lastId))
    cursor = replays ? Math.max(since, log.firstId() - 1) : lastId
    pump()
  }

  function pump(): void {
    while (wanted && !stream.destroyed) {
      const chunk = next()
      if (chunk === null) return
      wanted = stream.push(chunk)
      if (!wanted) stalled = setTimeout(() => stream.destroy(), patience)
    }
  }

  /** The next piece of text: control frames first, the log in order, progress last. */
  function next(): string | null {
    const first = control.shift()
    if (first !== undefined) return first
    if (cursor === null) return null
    // Events it never saw are gone: only a new stream with a new snapshot is right again.
    if (cursor < log.firstId() - 1) {
      stream.destroy()
      return null
    }
    const lines = log.read({ since: cursor, limit: batchSize })
    if (lines.length > 0) {
      cursor = lines.at(-1)!.id
      return lines.map(({ id, type, line }) => frame(type, line, id)).join('')
    }
    // Nobody shall read of the progress of a job before they read that it started.
    if (log.isBehind()) return null
    for (const job of moved) {
      moved.delete(job)
      const event = progress.current(job)
      if (event) return frame('progress', JSON.stringify(event), null)
    }
    return null
  }

  return stream
}

function frame(event: string, data: string, id: number | null): string {
  return `${id === null ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`
}
