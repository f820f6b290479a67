/**
 * @file Writes what happens to jobs into the event log, each thing once: also across restarts of this process (the
 * first snapshot repeats what an earlier run wrote) and for jobs that ended while it was not there.
 */
import type { EventType } from '#contracts/events'
import type { Job, JobStatus } from '#contracts/jobs'
import type { EventSink } from '../events/event-log.ts'
import type { JobView } from './job-view.ts'
import type { JobChange } from './live-jobs.ts'
import { createThrottle } from './throttle.ts'

export interface JobEventsOptions {
  view: Pick<JobView, 'find' | 'onChange'>
  log: EventSink & { latestOfJobs(): Map<string, EventType> }
  /** Milliseconds since the epoch. */
  now: () => number
  /** Adds what a job's listeners want to know beside it. @default nothing */
  present?: (job: Job) => Job
}

/** How far a job was when it had this event. */
const stageOf: Partial<Record<EventType, number>> = {
  'job.queued': 0,
  'job.moved': 0,
  'job.started': 1,
  'job.output': 1,
  'job.completed': 2,
  'job.failed': 2,
  'job.cancelled': 2,
  'job.interrupted': 2,
}

/** Milliseconds between two `job.output` events of a job: each carries the whole job. */
const outputInterval = 500

/** Listens to the view from now on. @returns the way to stop */
export function writeJobEvents({ view, log, now, present = (job) => job }: JobEventsOptions): () => void {
  const written = log.latestOfJobs()
  const startedAt = now() / 1000
  const outputs = createThrottle(outputInterval, (id) => {
    const job = view.find(id)
    if (job?.status === 'running') write('job.output', job)
  })

  function write(type: EventType, job: Job): void {
    written.set(job.id, type)
    log.append(type, severityOf(type), describe(type, job), { job: present(job) })
  }

  function hear({ kind, job }: JobChange, source: 'engine' | 'disk'): void {
    const last = written.get(job.id)
    const stage = last === undefined ? -1 : (stageOf[last] ?? -1)
    switch (kind) {
      case 'queued':
        if (stage < 0) write('job.queued', job)
        return
      case 'started':
        if (stage < 1) write('job.started', job)
        return
      case 'output':
        if (stage < 2) outputs.poke(job.id)
        return
      case 'ended': {
        outputs.cancel(job.id)
        const type = endType(job.status)
        // A record of a job nobody followed is news only when it ended on our watch.
        const isNews = source === 'engine' || stage >= 0 || (job.finished_at ?? 0) >= startedAt
        if (isNews && last !== type) write(type, job)
        return
      }
      case 'moved':
        if (stage < 1) write('job.moved', job)
        return
    }
  }

  const stop = view.onChange(hear)
  return () => {
    stop()
    outputs.close()
  }
}

function endType(status: JobStatus): EventType {
  if (status === 'completed' || status === 'failed' || status === 'cancelled') return `job.${status}`
  return 'job.interrupted'
}

function severityOf(type: EventType): 'info' | 'success' | 'warning' | 'error' {
  if (type === 'job.completed') return 'success'
  if (type === 'job.failed') return 'error'
  return type === 'job.interrupted' ? 'warning' : 'info'
}

/** One sentence for a person. */
function describe(type: EventType, job: Job): string {
  const name = job.workflow?.name ?? `Job ${job.id}`
  switch (type) {
    case 'job.queued':
      return `${name} was added to the queue`
    case 'job.moved':
      return `${name} was moved in the queue`
    case 'job.started':
      return `${name} started`
    case 'job.output':
      return `${name}: ${job.outputs.at(-1)?.filename ?? 'a file'} is ready`
    case 'job.completed':
      return `${name} is finished${took(job)}`
    case 'job.failed':
      return `${name} failed${job.error ? `: ${job.error.message}` : ''}`
    case 'job.cancelled':
      return `${name} was cancelled`
    default:
      return `${name} was interrupted`
  }
}

function took({ started_at, finished_at }: Job): string {
  if (started_at === null || finished_at === null) return ''
  const seconds = Math.max(0, finished_at - started_at)
  if (seconds < 10) return ` after ${seconds.toFixed(1)} s`
  return seconds < 120 ? ` after ${Math.round(seconds)} s` : ` after ${Math.round(seconds / 60)} min`
}
