import { describe, expect, it } from 'vitest'
import type { Job } from '#contracts/jobs'
import { createEndedJobs } from './ended-jobs.ts'
import { lastRuns, usualOf } from './last-runs.ts'

let made = 0
function run(workflow: string, took: number, inputs: Job['inputs'] = {}, more: Partial<Job> = {}): Job {
  const at = ++made * 1000
  return {
    ...{ id: `20260101_000000_${made.toString(16).padStart(6, '0')}`, prompt_id: `${made}`, number: made },
    ...{ status: 'completed', workflow: { id: workflow, name: workflow }, inputs, seeds: {}, outputs: [] },
    // A long wait before each.
    ...{ created_at: 0, started_at: at, finished_at: at + took },
    ...{ progress: null, error: null, retry_of: null, ...more },
  }
}
function usual(runs: readonly Job[], workflow: string, inputs?: Job['inputs']) {
  const ended = createEndedJobs()
  for (const job of runs) ended.put(job)
  const sought = { workflow: { id: workflow, name: workflow }, ...(inputs ? { inputs } : {}) }
  return usualOf(lastRuns(ended.from(null), [sought]).get(sought)!)
}
const file = (size: number) => ({ size }) as Job['outputs'][number]

describe('what a run usually takes', () => {
  it('is the median of the newest five completed runs of the workflow, from their start', () => {
    const runs = [900, 10, 30, 20, 40, 50].map((took) => run('noise', took))
    const others = [run('noise', 5000, {}, { status: 'failed' }), run('other', 7000)]
    expect(usual([...runs, ...others], 'noise')).toMatchObject({ runs: 5, seconds: 30 })
  })

  it('is not known of a workflow that never ran', () => {
    expect(usual([run('noise', 10)], 'other')).toEqual({ runs: 0, seconds: null, bytes: null })
  })

  it('counts only runs of about the same size, where the inputs say one', () => {
    const small = { width: 512, height: 512, steps: 20 }
    const runs = [run('draw', 10, small), run('draw', 11, { ...small, steps: 25 })]
    const large = run('draw', 80, { width: 1024, height: 1024, steps: 20 })
    expect(usual([...runs, large], 'draw', { width: 512, height: 576, steps: 20 })).toMatchObject({ runs: 2 })
    expect(usual([...runs, large], 'draw', { width: 1024, height: 1024, steps: 20 })).toMatchObject({ seconds: 80 })
    expect(usual(runs, 'draw', { width: 2048, height: 2048, steps: 20 })).toMatchObject({ runs: 0 })
    expect(usual([...runs, large], 'draw')).toMatchObject({ runs: 3 })
  })

  it('is also how much they wrote, all kinds together', () => {
    const runs = [1, 2, 3].map((size) => run('noise', 1, {}, { outputs: [file(size * 1e9), file(500)] }))
    expect(usual(runs, 'noise')).toMatchObject({ bytes: 2e9 + 500 })
  })
})
