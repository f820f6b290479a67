/**
 * @file When each waiting job is expected to start: what runs takes its usual time from its start, every job before it
 * its usual time. Time spent waiting is never counted as work. Pure.
 */
import type { Job, Queue } from '#contracts/jobs'

interface Forecast {
  paused: boolean
  /** Seconds that runs like this one take; null when there was none yet. */
  takes: (job: Job) => number | null
  /** Unix seconds. */
  now: number
}

/** @param live - running, then waiting in running order */
export function forecastQueue(live: readonly Job[], { paused, takes, now }: Forecast): Queue {
  let start: number | null = 0
  let position = 0
  const jobs = live.map((job) => {
    const running = job.status === 'running'
    const usual = takes(job)
    const place = { position: running ? 0 : ++position, starts_in: running || paused ? null : start }
    const rest = running ? leftOf(job, usual, now) : usual
    start = start === null || rest === null ? null : start + rest
    return { ...job, ...place, takes: usual }
  })
  return { paused, jobs, idle_in: paused ? null : start }
}

/** What a running job still takes: of its usual time, else by its own pace. */
function leftOf(job: Job, usual: number | null, now: number): number | null {
  if (job.started_at === null) return usual
  const elapsed = Math.max(0, now - job.started_at)
  const done = job.progress?.value ?? 0
  if (usual !== null && usual > elapsed) return usual - elapsed
  return done > 0.02 ? (elapsed / done) * (1 - done) : null
}
