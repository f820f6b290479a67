/**
 * @file The order in which accepted prompts run: lowest number first, then prompt id, then acceptance. In memory; durability is the
 * job database's. At most one prompt runs.
 */
import type { JobRecord } from '#contracts/jobs'
import type { AcceptedPrompt } from '../jobs/record.ts'

export interface QueuedJob {
  record: JobRecord
  /** Rising with acceptance. */
  sequence: number
  secrets: AcceptedPrompt['secrets']
  /** Present for studio runs: node id → kind of output. */
  studio: AcceptedPrompt['studio']
}

/** Where a waiting job goes: before all, or beside another waiting job. */
export type QueuePlace = 'front' | { before: string; after?: undefined } | { after: string; before?: undefined }

export class PromptQueue {
  #pending: QueuedJob[] = []
  #nextSequence = 0

  /** In running order. */
  get pending(): readonly QueuedJob[] {
    return this.#pending
  }

  /** The number that a prompt without one gets next: above everything that waits, so a restart keeps the order. */
  get nextNumber(): number {
    return this.#pending.reduce((highest, job) => Math.max(highest, Math.floor(job.record.number) + 1), 0)
  }

  add(job: Omit<QueuedJob, 'sequence'>): QueuedJob {
    const queued = { ...job, sequence: this.#nextSequence++ }
    // Binary search would save nothing that matters: queues are short and this runs once per prompt.
    const after = this.#pending.findIndex((other) => runsBefore(queued.record, other.record))
    if (after < 0) this.#pending.push(queued)
    else this.#pending.splice(after, 0, queued)
    return queued
  }

  takeNext(): QueuedJob | null {
    return this.#pending.shift() ?? null
  }

  /** The number that runs before everything waiting, or null when nothing waits. */
  get numberBeforeAll(): number | null {
    const first = this.#pending[0]
    return first === undefined ? null : Math.floor(first.record.number) - 1
  }

  /**
   * What moving a job would change: the new number of every job that needs one. Changes nothing itself.
   * @param id - the job's name
   * @returns by job name; empty when the job stands there already; null when the job or its anchor does not wait
   */
  planMove(id: string, place: QueuePlace): Map<string, number> | null {
    const moved = this.#pending.find((job) => job.record.id === id)
    const others = this.#pending.filter((job) => job !== moved)
    const anchor = place === 'front' ? 0 : others.findIndex((job) => job.record.id === (place.before ?? place.after))
    if (!moved || anchor < 0) return null
    const index = place !== 'front' && place.after !== undefined ? anchor + 1 : anchor
    if (this.#pending.indexOf(moved) === index) return new Map()
    const order = others.toSpliced(index, 0, moved)
    return renumber(
      order.map((job) => job.record),
      index,
    )
  }

  /** Gives waiting jobs new numbers and sorts by them. @returns their new records */
  setNumbers(numbers: ReadonlyMap<string, number>): JobRecord[] {
    const changed: JobRecord[] = []
    for (const job of this.#pending) {
      const number = numbers.get(job.record.id)
      if (number === undefined) continue
      job.record = { ...job.record, number }
      changed.push(job.record)
    }
    this.#pending.sort((a, b) => (runsBefore(a.record, b.record) ? -1 : runsBefore(b.record, a.record) ? 1 : 0))
    return changed
  }

  /** Takes out every pending job of these prompts; unknown ids are ignored. */
  remove(promptIds: ReadonlySet<string>): QueuedJob[] {
    const removed = this.#pending.filter((job) => promptIds.has(job.record.prompt_id))
    if (removed.length > 0) this.#pending = this.#pending.filter((job) => !promptIds.has(job.record.prompt_id))
    return removed
  }

  clear(): QueuedJob[] {
    return this.#pending.splice(0)
  }
}

/** Equal ones keep the order of acceptance. */
function runsBefore(a: JobRecord, b: JobRecord): boolean {
  return a.number === b.number ? a.prompt_id < b.prompt_id : a.number < b.number
}

/** Between two numbers that are too close to be told apart, the ones behind make room in steps of this. */
const step = 1 / 1024

/**
 * Numbers that put `order` into this order: one for the job at `index`, and for those behind it only as far as they must
 * make room. Prompts that come later count up from above, so they still end up behind.
 */
function renumber(order: readonly Pick<JobRecord, 'id' | 'number'>[], index: number): Map<string, number> {
  const before = order[index - 1]?.number
  const after = order[index + 1]?.number
  const numbers = new Map<string, number>()
  const chosen = between(before, after)
  numbers.set(order[index]!.id, chosen)
  let last = chosen
  for (const { id, number } of order.slice(index + 1)) {
    if (number > last) break
    last += step
    numbers.set(id, last)
  }
  return numbers
}

function between(before: number | undefined, after: number | undefined): number {
  if (before === undefined) return after === undefined ? 0 : Math.floor(after) - 1
  if (after === undefined) return before + 1
  const middle = (before + after) / 2
  return middle > before && middle < after ? middle : before + step
}
