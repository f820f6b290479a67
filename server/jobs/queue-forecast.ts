/**
 * @file When each waiting job is expected to start: what runs takes its usual time from its start, every job before it
 * its usual time. Time spent waiting is never counted as work. Pure.
 */
import type { Job, Queue } from '#contracts/jobs'
import type { EndedJob } from './ended-jobs.ts'

/** How many of the newest runs make the usual time. */
const runsCounted = 5
/** A search for runs of a workflow that seldom runs ends here. */
const longestSearch = 20_000

/**
 * Median run time in seconds of the newest five completed runs of each workflow; a workflow without any is not in it.
 * @param ended - newest end first
 */
export function usualDurations(ended: Iterable<EndedJob>, workflows: ReadonlySet<string>): Record<string, number> {
  const times = new Map<string, number[]>([...workflows].map((id) => [id, []]))
  let open = times.size
  let looked = 0
  for (const { job } of ended) {
    if (open === 0 || ++looked > longestSearch) break
    const list = times.get(job.workflow?.id ?? '')
    if (!list || list.length === runsCounted || job.status !== 'completed') continue
    if (job.started_at === null || job.finished_at === null) continue
    list.push(Math.max(0, job.finished_at - job.started_at))
    if (list.length === runsCounted) open--
  }
  const known = [...times].filter(([, list]) => list.length > 0)
  return Object.fromEntries(known.map(([id, list]) => [id, median(list)]))
}

/**
 * @param live - running, then waiting in running order
 * @param now - Unix seconds
 */
export function forecastQueue(
  live: readonly Job[],
  { paused, usual, now }: { paused: boolean; usual: Record<string, number>; now: number },
): Queue {
  let start: number | null = 0
  let position = 0
  const jobs = live.map((job) => {
    const running = job.status === 'running'
    const entry = { ...job, position: running ? 0 : ++position, starts_in: running || paused ? null : start }
    const takes = running ? leftOf(job, usualOf(job, usual), now) : usualOf(job, usual)
    start = start === null || takes === null ? null : start + takes
    return entry
  })
  return { paused, jobs, idle_in: paused ? null : start, usual }
}

const usualOf = (job: Job, usual: Record<string, number>): number | null =>
  job.workflow !== null && Object.hasOwn(usual, job.workflow.id) ? usual[job.workflow.id]! : null

/** What a running job still takes: of its usual time, else by its own pace. */
function leftOf(job: Job, usual: number | null, now: number): number | null {
  if (job.started_at === null) return usual
  const elapsed = Math.max(0, now - job.started_at)
  const done = job.progress?.value ?? 0
  if (usual !== null && usual > elapsed) return usual - elapsed
  return done > 0.02 ? (elapsed / done) * (1 - done) : null
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}
