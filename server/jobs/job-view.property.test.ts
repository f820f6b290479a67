/**
 * The job view against a model: whatever the order of feed messages, lost connections, repeated messages, answers to
 * our own prompts, rescans and deletions, each accepted job is listed exactly once, in a state it could be in.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Job, JobRecord, JobStatus } from '#contracts/jobs'
import type { FeedMessage } from '#contracts/studio-feed'
import { createJobView, type JobView } from './job-view.ts'
import { listJobs } from './list-jobs.ts'

const ends = ['completed', 'failed', 'cancelled', 'interrupted'] as const

type Step =
  | { do: 'accept'; ours: boolean }
  | { do: 'start' | 'output' | 'progress' | 'delete'; pick: number }
  | { do: 'end'; pick: number; as: (typeof ends)[number] }
  | { do: 'deliver'; count: number }
  | { do: 'repeat'; pick: number }
  | { do: 'answer' | 'lose' | 'connect' | 'rescan' | 'settle' }

const pick = fc.nat(1000)
const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('accept' as const), ours: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('start' as const), pick }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('end' as const), pick, as: fc.constantFrom(...ends) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('output' as const, 'progress' as const), pick }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('repeat' as const, 'delete' as const), pick }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('answer', 'lose', 'connect', 'rescan', 'settle'),
    }) as fc.Arbitrary<Step>,
  },
)

/** The engine, its disk and the wire between; the view under test sees only what the wire and the disk show. */
class Model {
  readonly truth = new Map<string, Job>()
  readonly disk = new Map<string, JobRecord>()
  readonly deleted = new Set<string>()
  /** Every state each job was ever seen in, by the view's own word. */
  readonly seen = new Map<string, JobStatus[]>()
  #wire: FeedMessage[] | null = null
  /** What this connection has carried, to repeat it. */
  #carried: FeedMessage[] = []
  #answers: Job[] = []
  readonly view: JobView

  constructor() {
    this.view = createJobView({
      records: {
        names: async () => [...this.disk.keys()].sort().reverse(),
        read: async (id) => structuredClone(this.disk.get(id) ?? null),
      },
      onReadError: (error) => {
        throw error
      },
    })
    this.view.onChange(({ job }) => this.note(job))
  }

  note(job: Job) {
    const states = this.seen.get(job.id) ?? []
    if (states.at(-1) !== job.status) states.push(job.status)
    this.seen.set(job.id, states)
  }

  of(pickOne: number, ...states: JobStatus[]): Job | undefined {
    const jobs = [...this.truth.values()].filter(({ id, status }) => states.includes(status) && !this.deleted.has(id))
    return jobs[pickOne % jobs.length]
  }

  say(message: FeedMessage) {
    this.#wire?.push(structuredClone(message))
  }

  tell(job: Job, change: 'queued' | 'started' | 'output' | 'ended') {
    this.truth.set(job.id, job)
    // As the engine does: the record is durable before anybody hears of the change.
    if (job.status !== 'queued') {
      const { progress, ...rest } = job
      const empty = { client_id: null, prompt: {}, extra_data: {}, outputs_to_execute: [], history: null }
      this.disk.set(job.id, { ...rest, ...empty, version: 1 })
    }
    this.say({ type: 'job', job, change })
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'accept': {
        const n = this.truth.size + 1
        const job: Job = {
          id: `20260101_000000_${n.toString(16).padStart(6, '0')}`,
          prompt_id: `prompt-${n}`,
          status: 'queued',
          number: n,
          workflow: null,
          inputs: {},
          seeds: {},
          created_at: n,
          started_at: null,
          finished_at: null,
          progress: null,
          outputs: [],
          error: null,
          retry_of: null,
        }
        this.tell(job, 'queued')
        if (step.ours) this.#answers.push(job)
        return
      }
      case 'start': {
        const job = this.of(step.pick, 'queued')
        if (job) this.tell({ ...job, status: 'running', started_at: job.created_at + 0.1 }, 'started')
        return
      }
      case 'output': {
        const job = this.of(step.pick, 'running')
        if (job) this.tell({ ...job, outputs: [...job.outputs, {} as Job['outputs'][number]] }, 'output')
        return
      }
      case 'progress': {
        const job = this.of(step.pick, 'running', 'completed')
        const progress = {
          value: 0.5,
          node_id: '1',
          node_title: null,
          step: 1,
          steps: 2,
          nodes_done: 0,
          nodes_total: 1,
        }
        if (job) this.say({ type: 'progress', job: job.id, progress })
        return
      }
      case 'end': {
        const job = this.of(step.pick, 'queued', 'running')
        const status = job?.status === 'queued' ? 'cancelled' : step.as
        if (job) this.tell({ ...job, status, finished_at: job.created_at + 0.2, progress: null }, 'ended')
        return
      }
      case 'delete': {
        const job = this.of(step.pick, ...ends)
        if (!job) return
        this.deleted.add(job.id)
        this.disk.delete(job.id)
        this.view.remove([job.id])
        return
      }
      case 'deliver': {
        const messages = this.#wire?.splice(0, step.count) ?? []
        this.#carried.push(...messages)
        for (const message of messages) this.view.applyFeed(structuredClone(message))
        return
      }
      case 'repeat': {
        const jobs = this.#carried.filter(({ type }) => type !== 'snapshot')
        const message = jobs[step.pick % jobs.length]
        if (message) this.view.applyFeed(structuredClone(message))
        return
      }
      case 'answer': {
        const job = this.#answers.shift()
        if (job) this.view.accept(structuredClone(job))
        return
      }
      case 'lose':
        this.#wire = null
        return
      case 'connect': {
        this.#carried = []
        const jobs = [...this.truth.values()].filter(({ status }) => status === 'queued' || status === 'running')
        this.#wire = [{ type: 'snapshot', jobs: structuredClone(jobs), device: 'cpu', runner: 'ready', paused: false }]
        return
      }
      case 'rescan':
        void this.view.rescan()
        return
      case 'settle':
        await this.view.settled()
    }
  }

  /** What must hold at any time. */
  check() {
    const { jobs, total } = listJobs(this.view, { limit: 500 })
    const ids = jobs.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(total).toBe(ids.length)
    for (const job of jobs) {
      expect(this.truth.has(job.id)).toBe(true)
      expect(this.view.find(job.id)).toBe(job)
      expect(this.deleted.has(job.id)).toBe(false)
      this.note(job)
    }
    for (const states of this.seen.values()) {
      const ranks = states.map((state) => ['queued', 'running'].indexOf(state) + 1 || 3)
      expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
    }
  }

  /** When everything was delivered, view and truth are the same. */
  async finish() {
    if (!this.#wire) await this.take({ do: 'connect' })
    await this.take({ do: 'deliver', count: 1000 })
    while (this.#answers.length > 0) await this.take({ do: 'answer' })
    await this.view.settled()
    this.check()
    const listed = new Map(listJobs(this.view, { limit: 500 }).jobs.map((job) => [job.id, job.status]))
    const expected = [...this.truth.values()].filter(({ id }) => !this.deleted.has(id))
    expect(listed).toEqual(new Map(expected.map((job) => [job.id, job.status])))
  }
}

it('lists every accepted job exactly once in a state it could be in, and never runs an ended job again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepArbitrary, { maxLength: 80, size: 'max' }), async (steps) => {
      const model = new Model()
      for (const step of steps) {
        await model.take(step)
        model.check()
      }
      await model.finish()
    }),
    {
      numRuns: 500,
      // Found once, too rare to be found every time.
      examples: [
        [
          [
            { do: 'connect' },
            { do: 'accept', ours: false },
            { do: 'start', pick: 0 },
            { do: 'rescan' },
            { do: 'settle' },
            { do: 'deliver', count: 1 },
            { do: 'settle' },
          ],
        ],
        [
          [
            { do: 'accept', ours: true },
            { do: 'end', pick: 0, as: 'completed' },
            { do: 'connect' },
            { do: 'deliver', count: 1 },
            { do: 'settle' },
            { do: 'answer' },
          ],
        ],
      ],
    },
  )
})
