import { describe, expect, it } from 'vitest'
import type { Job } from '#contracts/jobs'
import { estimate, usualDuration } from './eta.ts'
import { aJob } from './testing/jobs.ts'

const run = (seconds: number, over: Partial<Job> = {}) => aJob({ started_at: 100, finished_at: 100 + seconds, ...over })

describe('the time a job still takes', () => {
  it('is the median of the newest five completed runs of the same workflow before the job has a pace', () => {
    const finished = [run(10), run(30), run(20), run(90, { status: 'failed' }), run(5, { workflow: null })]
    const usual = usualDuration(finished, 'upscale-2x')
    expect(usual).toBe(20)
    const job = aJob({ status: 'running', started_at: 1000, finished_at: null, progress: null })
    expect(estimate(job, 1006, usual)).toEqual({ left: 14, overdue: false })
  })

  it('is not said in the first five seconds, or before the second step', () => {
    const job = aJob({ status: 'running', started_at: 1000, finished_at: null, progress: { ...progress, step: 1 } })
    expect(estimate(job, 1004, 20).left).toBeNull()
    expect(estimate({ ...job, progress: { ...progress, step: 2 } }, 1004, 20).left).toBe(16)
  })

  it('does not count the wait in the queue', () => {
    const job = aJob({ status: 'queued', created_at: 0, started_at: null, finished_at: null, progress: null })
    expect(estimate(job, 5000, 20)).toEqual({ left: null, overdue: false })
  })

  it("follows the run's own pace when no run of the workflow is known", () => {
    const job = aJob({ status: 'running', started_at: 0, finished_at: null })
    const quarter = { ...job, progress: { ...progress, value: 0.25 } }
    expect(estimate(quarter, 10, null).left).toBeCloseTo(30)
  })

  it('says so when a run takes a fifth longer than usual', () => {
    const job = aJob({ status: 'running', started_at: 0, finished_at: null })
    expect(estimate({ ...job, progress: { ...progress, value: 0.9 } }, 25, 20).overdue).toBe(true)
  })
})

const progress = { value: 0, node_id: '1', node_title: 'Upscale', step: 1, steps: 4, nodes_done: 0, nodes_total: 3 }
