import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Job, JobStatus } from '#contracts/jobs'
import { createEndedJobs } from './ended-jobs.ts'
import { listJobs } from './list-jobs.ts'
import { createLiveJobs } from './live-jobs.ts'

function job(n: number, status: JobStatus, more: Partial<Job> = {}): Job {
  return {
    id: `20260101_000000_${n.toString(16).padStart(6, '0')}`,
    prompt_id: `prompt-${n}`,
    status,
    number: n,
    workflow: { id: 'upscale', name: 'Upscale 2x' },
    inputs: {},
    seeds: {},
    created_at: n,
    started_at: status === 'queued' ? null : n,
    finished_at: status === 'queued' || status === 'running' ? null : n + 0.5,
    progress: null,
    outputs: [],
    error: null,
    retry_of: null,
    ...more,
  }
}

function viewOf(jobs: readonly Job[]) {
  const ended = createEndedJobs()
  const live = createLiveJobs(() => 'no')
  for (const each of jobs) if (live.adopt(each).length === 0) ended.put(each)
  return { ended, live: () => live.list(), find: (id: string) => live.get(id) ?? ended.get(id)?.job ?? null }
}

const numbers = (jobs: readonly Job[]) => jobs.map(({ number }) => number)

describe('the job list', () => {
  it('shows running jobs first, then queued ones in running order, then ended ones, newest end first', () => {
    const view = viewOf([
      job(1, 'completed'),
      job(2, 'failed', { finished_at: 90 }),
      job(3, 'queued'),
      job(4, 'running'),
      job(5, 'queued', { number: -5 }),
      job(6, 'cancelled'),
    ])
    const list = listJobs(view, { limit: 100 })
    expect(numbers(list.jobs)).toEqual([4, -5, 3, 2, 6, 1])
    expect(list).toMatchObject({ total: 6, next_cursor: null })
  })

  it('finds jobs by state, id, workflow and text inputs, in any case', () => {
    const view = viewOf([
      job(1, 'completed', { inputs: { text: 'A red Fox' } }),
      job(2, 'failed'),
      job(3, 'queued', { inputs: { text: 'fox' }, workflow: null }),
    ])
    const found = (query: object) => numbers(listJobs(view, { limit: 100, ...query }).jobs)
    expect(found({ status: 'failed, queued' })).toEqual([3, 2])
    expect(found({ q: 'FOX' })).toEqual([3, 1])
    expect(found({ q: 'upscale' })).toEqual([2, 1])
    expect(found({ q: '_000002' })).toEqual([2])
    expect(found({ q: 'fox', status: 'completed' })).toEqual([1])
    expect(listJobs(view, { limit: 1, q: 'fox' }).total).toBe(2)
  })

  it('refuses an unknown state and a cursor that names no place', () => {
    const view = viewOf([])
    expect(() => listJobs(view, { limit: 1, status: 'done' })).toThrow('“done” is not a state of a job')
    for (const cursor of ['x', '9~1~1~20260101_000000_abcdef', '2~NaN~0~20260101_000000_abcdef']) {
      expect(() => listJobs(view, { limit: 1, cursor })).toThrow('The cursor names no place')
    }
  })

  it('continues behind a job that is named in place of a cursor', () => {
    const view = viewOf([job(1, 'completed'), job(2, 'completed'), job(3, 'completed')])
    expect(numbers(listJobs(view, { limit: 9, cursor: job(2, 'completed').id }).jobs)).toEqual([1])
  })

  it('shows every job once over all pages, though some are deleted between the pages', () => {
    const states = fc.constantFrom<JobStatus>('queued', 'running', 'completed', 'failed')
    const jobsArbitrary = fc
      .array(fc.record({ status: states, time: fc.integer({ min: 0, max: 5 }) }), { maxLength: 30 })
      .map((list) =>
        list.map(({ status, time }, n) =>
          job(n, status, { number: time, finished_at: status === 'queued' || status === 'running' ? null : time }),
        ),
      )
    fc.assert(
      fc.property(
        jobsArbitrary,
        fc.integer({ min: 1, max: 7 }),
        fc.boolean(),
        fc.boolean(),
        (jobs, limit, drop, filter) => {
          const view = viewOf(jobs)
          const whole = listJobs(view, { limit: 500 }).jobs.map(({ id }) => id)
          const pages: string[] = []
          let cursor: string | undefined
          do {
            const page = listJobs(view, {
              limit,
              ...(cursor ? { cursor } : {}),
              ...(filter ? { q: '20260101' } : {}),
            })
            pages.push(...page.jobs.map(({ id }) => id))
            // The very job the cursor was made from goes away.
            if (drop) view.ended.delete(page.jobs.at(-1)?.id ?? '')
            cursor = page.next_cursor ?? undefined
          } while (cursor)
          expect(pages).toEqual(whole)
        },
      ),
    )
  })
})
