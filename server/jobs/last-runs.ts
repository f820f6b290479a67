/**
 * @file What the last runs of a workflow took, time and disk: the measure for a run like them. Waiting is never counted.
 * Runs are alike when they are of about the same size, as far as their inputs say it: pixels × frames × steps. The size of a
 * picture that goes in is not known here, so runs without such inputs are all alike. Pure.
 */
import type { Job, UsualRun } from '#contracts/jobs'
import type { EndedJob } from './ended-jobs.ts'

/** How many of the newest runs count. */
const runsCounted = 5
/** A search for runs of a workflow that seldom runs ends here. */
const longestSearch = 20_000
/** Two runs are alike when neither is so many times as large as the other. */
const alike = 1.5

/** Inputs whose values multiply the work, by the names that workflows give them: of each line the first that is there. */
const sizes = [['width'], ['height'], ['frames', 'length'], ['batch_size', 'batch'], ['steps'], ['second_steps']]

/** What is looked for: the last runs of a workflow, of any size or like a job. */
export type Sought = Pick<Job, 'workflow'> & Partial<Pick<Job, 'inputs'>>

/** Work in arbitrary units: only for comparing runs of one workflow. */
export function sizeOfRun(inputs: Job['inputs']): number {
  return sizes.reduce((size, names) => {
    const factor = names.map((name) => Number(inputs[name])).find((value) => value > 0)
    return size * (factor ?? 1)
  }, 1)
}

/**
 * @param ended - newest end first
 * @returns for each that is sought its newest completed runs, at most five; one pass over the list for all of them
 */
export function lastRuns<T extends Sought>(ended: Iterable<EndedJob>, sought: readonly T[]): Map<T, Job[]> {
  const found = new Map<T, Job[]>(sought.map((each) => [each, []]))
  const wanted = new Map<string, { size: number | null; runs: Job[] }[]>()
  let open = 0
  for (const [each, runs] of found) {
    if (each.workflow === null) continue
    const same = wanted.get(each.workflow.id) ?? []
    same.push({ size: each.inputs ? sizeOfRun(each.inputs) : null, runs })
    wanted.set(each.workflow.id, same)
    open++
  }
  let looked = 0
  for (const { job } of ended) {
    if (open === 0 || ++looked > longestSearch) break
    if (job.status !== 'completed' || job.started_at === null || job.finished_at === null) continue
    const takers = wanted.get(job.workflow?.id ?? '')
    if (!takers) continue
    const size = sizeOfRun(job.inputs)
    for (const taker of takers) {
      if (taker.runs.length === runsCounted) continue
      if (taker.size !== null && Math.max(size / taker.size, taker.size / size) > alike) continue
      if (taker.runs.push(job) === runsCounted) open--
    }
  }
  return found
}

/** The medians of runs. */
export function usualOf(runs: readonly Job[]): UsualRun {
  return {
    runs: runs.length,
    seconds: median(runs.map((job) => Math.max(0, job.finished_at! - job.started_at!))),
    bytes: median(runs.map((job) => job.outputs.reduce((sum, file) => sum + file.size, 0))),
  }
}

/** Null without values. */
function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? null
}
