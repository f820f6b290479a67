/**
 * @file The jobs that have not ended, as the engine's feed tells them. Pure: takes feed messages, gives back what
 * changed. A job only moves forward (queued, running, ended), whatever is repeated or arrives late.
 *
 * A job can be here without the engine's word: the answer to our own prompt came before the feed spoke of it
 * (`accept`), or only its unfinished record was found on disk (`adopt`). What a snapshot does not contain has ended
 * meanwhile; it stays listed as `vanished` until its record was read (`job-view.ts`).
 */
import type { Job } from '#contracts/jobs'
import type { FeedMessage } from '#contracts/studio-feed'
import { comparePositions, positionOf } from './job-order.ts'

export interface JobChange {
  kind: 'queued' | 'started' | 'output' | 'moved' | 'ended'
  job: Job
}

export interface LiveJobs {
  get(id: string): Job | undefined
  /** Running first, then queued in running order. */
  list(): readonly Job[]
  /** Applies a message. An ended job is no longer here afterwards; its change carries it. */
  apply(message: FeedMessage): JobChange[]
  /** Adds a job the engine just accepted from us, unless the feed was faster. */
  accept(job: Job): JobChange[]
  /** Adds a job whose record says that it has not ended, before the engine spoke of it. */
  adopt(job: Job): JobChange[]
  /** Jobs the newest snapshot did not contain. */
  vanished(): string[]
  /** Vanished beyond doubt: the snapshot was not older than what else we know of the job. */
  isGone(id: string): boolean
  /**
   * The engine is connected and had time to speak: a job that it has not spoken of, this time and the last, is gone beyond
   * doubt.
   */
  doubt(): void
  /** Takes a job out. */
  drop(id: string): void
}

interface Entry {
  job: Job
  /** `engine`: the feed spoke of it. `accepted`: the engine's answer did. `found`: only its record does. */
  origin: 'engine' | 'accepted' | 'found'
  vanished: boolean
  /** The snapshot it is missing from may be older than the answer or record that told us of it; the next one decides. */
  doubtful: boolean
  /** The engine had not spoken of it when that was last asked. */
  unheard?: boolean
}

/**
 * Whether a job is over: `ended` or deleted for good, `presumed` ended because nobody has it any more. Neither ever runs
 * again; of a presumed end the engine may still tell the true one.
 */
export type Over = 'no' | 'presumed' | 'ended'

/** @param isHeld - jobs that the engine does not have yet, so that their absence from a snapshot says nothing */
export function createLiveJobs(overOf: (id: string) => Over, isHeld: (id: string) => boolean = () => false): LiveJobs {
  const entries = new Map<string, Entry>()
  let sorted: Job[] | null = null

  function set(id: string, entry: Entry): void {
    entries.set(id, entry)
    sorted = null
  }

  function drop(id: string): void {
    if (entries.delete(id)) sorted = null
  }

  /** The engine's newest word about a job. */
  function tell(job: Job, hint: JobChange['kind'] | null): JobChange[] {
    const known = entries.get(job.id)
    if (!isLive(job)) {
      drop(job.id)
      return overOf(job.id) === 'ended' ? [] : [{ kind: 'ended', job: { ...job, progress: null } }]
    }
    if (overOf(job.id) !== 'no') return []
    const startedBefore = known?.job.status === 'running'
    if (startedBefore && job.status === 'queued') {
      set(job.id, { ...known, origin: 'engine', vanished: false, doubtful: false })
      return []
    }
    // A message without progress does not take back what a progress message said.
    const merged = { ...job, progress: job.status === 'running' ? (job.progress ?? known?.job.progress ?? null) : null }
    set(job.id, { job: merged, origin: 'engine', vanished: false, doubtful: false })
    if (!known) return [{ kind: merged.status === 'running' ? 'started' : 'queued', job: merged }]
    if (merged.status === 'running' && !startedBefore) return [{ kind: 'started', job: merged }]
    if (merged.outputs.length > known.job.outputs.length) return [{ kind: 'output', job: merged }]
    return hint === 'moved' || merged.number !== known.job.number ? [{ kind: 'moved', job: merged }] : []
  }

  function applySnapshot(jobs: readonly Job[]): JobChange[] {
    const changes = jobs.flatMap((job) => tell(job, null))
    const present = new Set(jobs.map((job) => job.id))
    for (const [id, entry] of entries) {
      if (present.has(id) || isHeld(id)) continue
      set(id, { ...entry, origin: 'engine', vanished: true, doubtful: entry.origin !== 'engine' })
    }
    return changes
  }

  function add(job: Job, origin: Entry['origin']): JobChange[] {
    if (entries.has(job.id) || overOf(job.id) !== 'no' || !isLive(job)) return []
    set(job.id, { job, origin, vanished: false, doubtful: false })
    return [{ kind: job.status === 'running' ? 'started' : 'queued', job }]
  }

  return {
    get: (id) => entries.get(id)?.job,
    list: () => {
      sorted ??= [...entries.values()]
        .map((entry) => ({ job: entry.job, position: positionOf(entry.job) }))
        .sort((a, b) => comparePositions(a.position, b.position))
        .map(({ job }) => job)
      return sorted
    },
    apply(message) {
      switch (message.type) {
        case 'snapshot':
          return applySnapshot(message.jobs)
        case 'job':
          return tell(message.job, message.change === 'ended' ? null : message.change)
        case 'progress': {
          const entry = entries.get(message.job)
          // Progress moves within a state, never between states, so no change is reported and the order stays.
          if (entry?.job.status === 'running') {
            entry.job = { ...entry.job, progress: message.progress }
            sorted = null
          }
          return []
        }
        case 'runner':
        case 'queue':
          return []
      }
    },
    accept: (job) => add(job, 'accepted'),
    adopt: (job) => add(job, 'found'),
    vanished: () => [...entries].filter(([, entry]) => entry.vanished).map(([id]) => id),
    isGone: (id) => {
      const entry = entries.get(id)
      return entry ? entry.vanished && !entry.doubtful : false
    },
    doubt() {
      for (const [id, entry] of entries) {
        if (isHeld(id) || !(entry.origin === 'found' || (entry.vanished && entry.doubtful))) continue
        if (entry.unheard) set(id, { ...entry, vanished: true, doubtful: false })
        else entry.unheard = true
      }
    },
    drop,
  }
}

export function isLive(job: Pick<Job, 'status'> | null): boolean {
  return job?.status === 'queued' || job?.status === 'running'
}
