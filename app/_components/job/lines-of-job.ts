/** @file Which lines of the engine's log are of a job: by time, as the engine runs one job after the other. */
import type { Job } from '#contracts/jobs'
import type { EngineLogLine } from '#contracts/system'

/** What is printed on the way in and out, and clocks that are read one after the other. Seconds. */
const around = 0.5

interface LinesOfJob {
  lines: EngineLogLine[]
  /** whether the log still reaches back to the job's start */
  complete: boolean
}

/** @param log - oldest first */
export function linesOfJob(log: readonly EngineLogLine[], job: Pick<Job, 'started_at' | 'finished_at'>): LinesOfJob {
  const from = (job.started_at ?? Number.POSITIVE_INFINITY) - around
  const to = (job.finished_at ?? Number.POSITIVE_INFINITY) + around
  return {
    lines: log.filter(({ at }) => at >= from && at <= to),
    // The log begins anew with the web process: only a line from before the job proves that none of it is missing.
    complete: log[0] !== undefined && log[0].at < from,
  }
}

export const logText = (lines: readonly EngineLogLine[]) =>
  lines.map(({ at, level, text }) => `${new Date(at * 1000).toISOString()} ${level} ${text}`).join('\n')
