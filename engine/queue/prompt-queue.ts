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
