/**
 * @file How long a running job still takes. Counts from its start, never its time in the queue, and is silent for five seconds or
 * two steps. Two sources: how long the last runs like it took (`takes` of the queue), and how far this run is.
 */
import type { Job } from '#contracts/jobs'

export interface Eta {
  /** seconds left, or null when nothing sensible can be said yet */
  left: number | null
  /** a fifth over what such runs usually take */
  overdue: boolean
}

/** Median run time in seconds of the newest five completed runs of a workflow, or null without any. */
export function usualDuration(finished: readonly Job[], workflowId: string | null): number | null {
  const times = finished
    .filter((job) => job.status === 'completed' && (job.workflow?.id ?? null) === workflowId)
    .flatMap((job) => (job.started_at !== null && job.finished_at !== null ? [job.finished_at - job.started_at] : []))
    .slice(0, 5)
    .sort((a, b) => a - b)
  return times.length === 0 ? null : times[Math.floor(times.length / 2)]!
}

/**
 * @param now - Unix seconds
 * @param usual - seconds that runs like this one took, or null
 */
export function estimate(job: Job, now: number, usual: number | null): Eta {
  if (job.started_at === null) return { left: null, overdue: false }
  const elapsed = Math.max(0, now - job.started_at)
  const done = job.progress?.value ?? 0
  const overdue = usual !== null && elapsed > usual * 1.2
  // In the first seconds every word would have to be taken back: models load before the first step.
  const hasBegun = elapsed >= 5 || (job.progress?.step ?? 0) >= 2
  if (!hasBegun) return { left: null, overdue }
  const byPace = done > 0.02 ? (elapsed / done) * (1 - done) : null
  const byHistory = usual === null ? null : usual - elapsed
  if (byPace === null) return { left: byHistory !== null && byHistory > 0 ? byHistory : null, overdue }
  if (byHistory === null || byHistory <= 0) return { left: byPace, overdue }
  // The further the run is, the more its own pace counts.
  return { left: byPace * done + byHistory * (1 - done), overdue }
}
