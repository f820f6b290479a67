import { describe, expect, it } from 'vitest'
import { aFile, aJob } from '../testing/jobs.ts'
import {
  type JobPages,
  withFileMarks,
  withFinishedJob,
  withLiveJob,
  withMarks,
  withNewJob,
  withOrder,
  withoutFiles,
  withoutPaths,
  withProgress,
} from './apply.ts'

const progress = { value: 0.5, node_id: '1', node_title: 'Up', step: 1, steps: 2, nodes_done: 0, nodes_total: 1 }
const pagesOf = (...jobs: ReturnType<typeof aJob>[]): JobPages => ({
  pages: [{ jobs, total: jobs.length, next_cursor: null }],
  pageParams: [''],
})
const first = '20261122_101500_a1b2c3'
const second = '20261122_101600_d4e5f6'

describe('the live list', () => {
  it('keeps the running job first and the queue in running order', () => {
    const late = aJob({ id: 'late', status: 'queued', number: 7 })
    const early = aJob({ id: 'early', status: 'queued', number: 2 })
    const running = aJob({ id: 'running', status: 'running', number: 9 })
    const jobs = [late, early, running].reduce(withLiveJob, [] as ReturnType<typeof aJob>[])
    expect(jobs.map((job) => job.id)).toEqual(['running', 'early', 'late'])
  })

  it('drops a job when it ended', () => {
    const running = aJob({ status: 'running' })
    expect(withLiveJob([running], aJob({ status: 'failed' }))).toEqual([])
  })

  it('takes the order from an answer, and neither who is live nor how far: the events may have told more since', () => {
    const [a, b] = ['a', 'b'].map((id, number) => aJob({ id, status: 'queued', number }))
    const started = aJob({ id: 'started', status: 'running', number: 5 })
    const accepted = aJob({ id: 'accepted', status: 'queued', number: 9 })
    const answer = [
      { ...started, status: 'queued' as const },
      aJob({ id: 'ended', status: 'running' }),
      { ...b!, number: -1 },
      a!,
    ]
    expect(withOrder([started, a!, b!, accepted], answer)).toEqual([started, { ...b!, number: -1 }, a, accepted])
  })

  it('keeps the known progress when an output event comes without it', () => {
    const running = withProgress([aJob({ status: 'running' })], { job: first, progress, preview: null })
    const [job] = withLiveJob(running, aJob({ status: 'running', outputs: [aFile()] }))
    expect(job?.progress).toEqual(progress)
    expect(job?.outputs).toHaveLength(1)
  })
})

describe('the finished lists', () => {
  it('put a newly finished job first and count it', () => {
    const pages = withNewJob(pagesOf(aJob({ id: second })), aJob())
    expect(pages.pages[0]?.jobs.map((job) => job.id)).toEqual([first, second])
    expect(pages.pages[0]?.total).toBe(2)
  })

  it('say when a job is not listed, so that it is not invented in a filtered list', () => {
    expect(withFinishedJob(pagesOf(aJob({ id: second })), aJob())).toBeNull()
  })

  it('lose deleted folders and single files, and nothing else', () => {
    const kept = aFile({ filename: 'final_00002.png' })
    const pages = withoutPaths(pagesOf(aJob({ outputs: [aFile(), kept] }), aJob({ id: second })), [
      `${first}/final/final_00001.png`,
      `${second}/`,
    ])
    expect(pages.pages[0]?.jobs).toHaveLength(1)
    expect(pages.pages[0]?.jobs[0]?.outputs).toEqual([kept])
  })
})

describe('a single job', () => {
  const other = aFile({ filename: 'final_00002.png' })
  const path = `${first}/final/final_00001.png`

  it('loses deleted files and has the marks of its own, as the lists do', () => {
    const job = aJob({ outputs: [aFile(), other] })
    expect(withoutFiles([path])(job).outputs).toEqual([other])
    expect(withFileMarks([path], 'reject')(job).outputs.map((file) => file.mark)).toEqual(['reject', undefined])
  })

  it('stays the same object when the files are of another one', () => {
    const job = aJob({ id: second })
    expect(withoutFiles([path])(job)).toBe(job)
    expect(withFileMarks([path], 'star')(job)).toBe(job)
  })
})

describe('marks', () => {
  it('change the named files only, and can be taken away', () => {
    const other = aFile({ filename: 'final_00002.png' })
    const starred = withMarks(pagesOf(aJob({ outputs: [aFile(), other] })), [`${first}/final/final_00001.png`], 'star')
    expect(starred.pages[0]?.jobs[0]?.outputs.map((file) => file.mark)).toEqual(['star', undefined])
    const bare = withMarks(starred, [`${first}/final/final_00001.png`], null)
    expect(bare.pages[0]?.jobs[0]?.outputs).toEqual([aFile(), other])
  })
})
