import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Job } from '#contracts/jobs'
import { createJobService } from './job-service.ts'
import { createJobView } from './job-view.ts'
import { createQueueService } from './queue-service.ts'

const job: Job = {
  ...{ id: '20261122_101500_a1b2c3', prompt_id: 'prompt', status: 'queued', number: 1, workflow: null, inputs: {} },
  ...{ seeds: {}, created_at: 1, started_at: null, finished_at: null, outputs: [], error: null, retry_of: null },
  progress: null,
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Services whose engine answers after five seconds; its feed tells the end `later` milliseconds after that, or never. */
function setUp(later: number | null) {
  const view = createJobView({ records: { names: async () => [], read: async () => null } })
  view.accept(job)
  const stop = async () => {
    await new Promise((resolve) => setTimeout(resolve, 5000))
    if (later === null) return
    setTimeout(() => view.applyFeed({ type: 'job', job: { ...job, status: 'cancelled' }, change: 'ended' }), later)
  }
  const shared = { view, held: { end: async () => null }, now: Date.now }
  const service = createJobService({
    ...shared,
    engine: { cancelJob: () => stop().then(() => true) },
  } as unknown as Parameters<typeof createJobService>[0])
  const queue = createQueueService({
    ...shared,
    engine: { dropQueued: stop },
  } as unknown as Parameters<typeof createQueueService>[0])
  return { cancel: () => service.cancel(job.id), cancelAll: () => queue.cancel({ jobs: [job.id] }) }
}

describe('an answer of an engine that takes its time', () => {
  it('is followed by the patience for its feed', async () => {
    const one = setUp(1000).cancel()
    const all = setUp(1000).cancelAll()
    await vi.advanceTimersByTimeAsync(6000)
    expect(await one).toMatchObject({ status: 'cancelled' })
    expect(await all).toEqual({ cancelled: [job.id], errors: [] })
  })

  it('is followed by no more than that', async () => {
    const one = setUp(null).cancel()
    const all = setUp(null).cancelAll()
    await vi.advanceTimersByTimeAsync(6500)
    expect(await one).toMatchObject({ status: 'queued' })
    expect(await all).toEqual({
      cancelled: [],
      errors: [{ job: job.id, detail: 'It was told to stop and has not ended yet' }],
    })
  })
})
