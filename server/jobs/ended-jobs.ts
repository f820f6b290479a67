/**
 * @file The jobs that ended, newest end first, in memory: what `job.json` files say without their graphs.
 * Filled by `job-view.ts`; reading records from disk is `job-records.ts`.
 */
import type { Job } from '#contracts/jobs'
import { comparePositions, type Position, positionOf } from './job-order.ts'

export interface EndedJob {
  readonly job: Job
  readonly position: Position
  /** What a search looks in, lower case. */
  readonly searchText: string
  /** Nobody said that it ended: its record is unfinished, but no engine has it. A later record corrects it. */
  readonly presumed: boolean
}

export interface EndedJobs {
  has(id: string): boolean
  get(id: string): EndedJob | undefined
  /** Adds or replaces. */
  put(job: Job, presumed?: boolean): void
  delete(id: string): boolean
  readonly size: number
  ids(): IterableIterator<string>
  /** In listing order, from the first one behind a place. */
  from(after: Position | null): IterableIterator<EndedJob>
}

export function createEndedJobs(): EndedJobs {
  const byId = new Map<string, EndedJob>()
  const sorted: EndedJob[] = []

  /** Index of the first entry that is not before `position`. */
  function indexOf(position: Position): number {
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (comparePositions(sorted[middle]!.position, position) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  function remove(id: string): boolean {
    const entry = byId.get(id)
    if (!entry) return false
    byId.delete(id)
    sorted.splice(indexOf(entry.position), 1)
    return true
  }

  return {
    has: (id) => byId.has(id),
    get: (id) => byId.get(id),
    ids: () => byId.keys(),
    delete: remove,
    get size() {
      return byId.size
    },
    put(job, presumed = false) {
      remove(job.id)
      const entry = { job, position: positionOf(job), searchText: searchTextOf(job), presumed }
      byId.set(job.id, entry)
      sorted.splice(indexOf(entry.position), 0, entry)
    },
    *from(after) {
      let index = after ? indexOf(after) : 0
      if (after && sorted[index] && comparePositions(sorted[index]!.position, after) === 0) index++
      for (; index < sorted.length; index++) yield sorted[index]!
    },
  }
}

/** Id, workflow, text inputs and seeds of a job, in lower case. */
export function searchTextOf(job: Job): string {
  const texts = Object.values(job.inputs).filter((value) => typeof value === 'string')
  const seeds = Object.values(job.seeds)
  return [job.id, job.workflow?.name ?? '', job.workflow?.id ?? '', ...texts, ...seeds].join('\n').toLowerCase()
}
