/**
 * @file All jobs the studio knows, each exactly once: those that have not ended from the engine's feed, those that
 * ended from the feed and from the records on disk. Works read-only without an engine. Says what changed; who is told
 * of it (event log, previews) is decided by `create-jobs.ts`.
 */
import type { Job } from '#contracts/jobs'
import type { FeedMessage } from '#contracts/studio-feed'
import { createTimeSlice } from '../events/time-slice.ts'
import { createEndedJobs, type EndedJobs, searchTextOf } from './ended-jobs.ts'
import { graphTextOf } from './graph-text.ts'
import { type JobRecords, jobOfRecord } from './job-records.ts'
import { createLiveJobs, isLive, type JobChange, type Over } from './live-jobs.ts'

/** `disk`: found in a record, so it may have happened long ago. */
export type JobChangeListener = (change: JobChange, source: 'engine' | 'disk') => void

export interface JobView {
  find(id: string): Job | null
  /** Running first, then queued in running order. */
  live(): readonly Job[]
  readonly ended: EndedJobs
  /** Hears every change of a job's state. @returns the way to stop */
  onChange(listener: JobChangeListener): () => void
  /** What a search for this job looks in, lower case: id, workflow, values, seeds, the graph's texts and model names. */
  searchTextOf(id: string): string | null
  /** Takes in a message of the engine's feed. */
  applyFeed(message: FeedMessage): void
  /** A job the engine just accepted. @returns the job as it is known now: the feed may have been faster */
  accept(job: Job): Job
  /** Looks at the records again: all folders, or these jobs. */
  rescan(ids?: readonly string[]): Promise<void>
  /**
   * Looks again at the jobs whose end is not known although the engine no longer has them, if there are any. A job that only
   * its record tells of (a folder that came from elsewhere, say) is interrupted when a connected engine has not spoken of it
   * at two of these looks.
   */
  recheck(connected: boolean): Promise<void>
  /** The folders of these jobs were deleted. */
  remove(ids: readonly string[]): void
  /** These folders are back (restored from the trash). */
  restored(ids: readonly string[]): Promise<void>
  /** Resolves when nothing is being read. */
  settled(): Promise<void>
}

export interface JobViewOptions {
  records: JobRecords
  /** Told when the disk fails; the jobs concerned are looked at again with the next rescan. */
  onReadError?: (error: unknown) => void
  /** Told of an ended job whose record is no longer there, or can no longer be read. */
  onForgotten?: (id: string) => void
  /** Jobs that wait for an engine that can be reached (`held-runs.ts`). */
  isHeld?: (id: string) => boolean
  /** Records read at once. */
  concurrency?: number
}

/** How many deleted names are remembered, against late words about them. */
const maxDeleted = 10_000

export function createJobView({ records, onReadError, onForgotten, isHeld, concurrency = 8 }: JobViewOptions): JobView {
  const ended = createEndedJobs()
  const deleted = new Set<string>()
  const overOf = (id: string): Over => {
    const entry = ended.get(id)
    if (entry) return entry.presumed ? 'presumed' : 'ended'
    return deleted.has(id) ? 'ended' : 'no'
  }
  const isOver = (id: string) => overOf(id) === 'ended'
  const live = createLiveJobs(overOf, isHeld)
  const listeners = new Set<JobChangeListener>()
  /** Job → what its graph says in words. */
  const graphTexts = new Map<string, string>()
  /** Job folders that were seen: one that is missing later was deleted. */
  let folders = new Set<string>()
  let reading: Promise<void> = Promise.resolve()
  let waitingRescan: Promise<void> | null = null

  function report(changes: readonly JobChange[], source: 'engine' | 'disk'): void {
    for (const change of changes) {
      if (change.kind === 'ended') {
        ended.put(change.job)
        void enqueue(() => look(change.job.id))
      }
      for (const listener of listeners) listener(change, source)
    }
  }

  /** A record says how the job ended, or nobody will. */
  function end(job: Job, source: 'engine' | 'disk', presumed = false): void {
    if (isOver(job.id)) return
    const correction = ended.has(job.id)
    live.drop(job.id)
    const over: Job = { ...job, status: isLive(job) ? 'interrupted' : job.status, progress: null }
    ended.put(over, presumed)
    if (correction && presumed) return
    for (const listener of listeners) listener({ kind: 'ended', job: over }, source)
  }

  function forget(id: string): void {
    graphTexts.delete(id)
    if (ended.delete(id)) onForgotten?.(id)
  }

  function textOfLive(id: string): string | null {
    const job = live.get(id)
    return job ? searchTextOf(job) : null
  }

  async function look(id: string): Promise<void> {
    const record = await records.read(id)
    if (!record) {
      // Neither engine nor disk has it: its folder was deleted while nobody told us.
      if (live.isGone(id)) live.drop(id)
      else if (folders.has(id)) forget(id)
      return
    }
    folders.add(id)
    graphTexts.set(id, graphTextOf(record.prompt))
    const job = jobOfRecord(record)
    if (!isLive(job)) end(job, 'disk')
    else if (live.get(id)) {
      if (live.isGone(id)) end(job, 'disk', true)
    } else report(live.adopt(job), 'disk')
  }

  async function lookAtAll(ids: Iterable<string>): Promise<void> {
    const queue = ids[Symbol.iterator]()
    const slice = createTimeSlice()
    const worker = async () => {
      for (let next = queue.next(); !next.done; next = queue.next()) {
        await look(next.value).catch((error: unknown) => onReadError?.(error))
        await slice.rest()
      }
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
  }

  /** One reading after the other, so that two of them never judge the same job differently. */
  function enqueue(work: () => Promise<void>): Promise<void> {
    reading = reading.then(work).catch((error: unknown) => onReadError?.(error))
    return reading
  }

  /** A look at all folders; while one waits for its turn, further wishes are that one. */
  function rescanSoon(): Promise<void> {
    waitingRescan ??= enqueue(() => {
      waitingRescan = null
      return rescanAll()
    })
    return waitingRescan
  }

  async function rescanAll(): Promise<void> {
    const names = await records.names()
    const present = new Set(names)
    for (const id of folders) {
      if (present.has(id)) continue
      forget(id)
    }
    folders = present
    await lookAtAll(names.filter((id) => !isOver(id) && !live.get(id)))
    await lookAtAll(live.vanished())
  }

  return {
    ended,
    find: (id) => live.get(id) ?? ended.get(id)?.job ?? null,
    live: () => live.list(),
    searchTextOf(id) {
      const own = ended.get(id)?.searchText ?? textOfLive(id)
      return own === null ? null : `${own}\n${graphTexts.get(id) ?? ''}`
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    applyFeed(message) {
      report(live.apply(message), 'engine')
      if (message.type !== 'snapshot') return
      // Jobs that came and went while nobody listened are on disk only.
      void rescanSoon()
    },
    accept(job) {
      report(live.accept(job), 'engine')
      // The answer may be so late that the job has ended meanwhile, unheard.
      void enqueue(() => look(job.id))
      return live.get(job.id) ?? ended.get(job.id)?.job ?? job
    },
    rescan: (ids) => (ids ? enqueue(() => lookAtAll(ids)) : rescanSoon()),
    async recheck(connected) {
      if (connected) live.doubt()
      if (live.vanished().length > 0) await enqueue(() => lookAtAll(live.vanished()))
    },
    remove(ids) {
      for (const id of ids) {
        // Only ended jobs can be deleted, so one that counted as live has ended unheard.
        live.drop(id)
        ended.delete(id)
        graphTexts.delete(id)
        deleted.add(id)
        if (deleted.size > maxDeleted) deleted.delete(deleted.values().next().value!)
      }
    },
    restored(ids) {
      for (const id of ids) deleted.delete(id)
      return enqueue(() => lookAtAll(ids))
    },
    async settled() {
      for (let current: Promise<void> | null = null; current !== reading; ) {
        current = reading
        await current
      }
    },
  }
}
