import { describe, expect, it } from 'vitest'
import type { JobProgress } from '#contracts/jobs'
import { nodeSpans, nodeStates } from './node-states.ts'

const ids = ['1', '2', '3']
const progress = { node_id: '2', finished: ['1', 'expanded'] } as unknown as JobProgress
const ran = (id: string, from: number, to: number | null, cached = false) => ({
  id,
  started_at: from,
  finished_at: to,
  cached,
})
const states = (job: Partial<Parameters<typeof nodeStates>[0]>) =>
  Object.fromEntries(nodeStates({ status: 'completed', error: null, progress: null, ...job }, ids))

describe('the states of nodes', () => {
  it('are live while the job runs, and waiting before', () => {
    expect(states({ status: 'running', progress })).toEqual({ 1: 'done', 2: 'running', 3: 'waiting' })
    expect(states({ status: 'queued' })).toEqual({ 1: 'waiting', 2: 'waiting', 3: 'waiting' })
  })
  it('come from the record when it ended', () => {
    expect(states({ nodes: [ran('1', 1, 1, true), ran('2', 1, 4)] })).toEqual({ 1: 'cached', 2: 'done', 3: 'unused' })
  })
  it('tell the node that failed from one that was stopped', () => {
    const error = { type: 'X', message: 'x', node_id: '2', node_type: 'Y' }
    const nodes = [ran('1', 1, 2), ran('2', 2, null)]
    expect(states({ status: 'failed', error, nodes })).toEqual({ 1: 'done', 2: 'failed', 3: 'unused' })
    expect(states({ status: 'cancelled', nodes })).toEqual({ 1: 'done', 2: 'stopped', 3: 'unused' })
  })
  it('are unknown for a record that does not tell', () => {
    expect(states({})).toEqual({})
  })
})

it('nodes last from their beginning to their end, or to the end of the job', () => {
  const job = {
    started_at: 10,
    finished_at: 20,
    nodes: [ran('1', 9.9, 9.9, true), ran('2', 10, 13), ran('3', 13, null)],
  }
  expect(nodeSpans(job).map(({ id, from, took }) => [id, from, took])).toEqual([
    ['1', 0, 0],
    ['2', 0, 3],
    ['3', 3, 7],
  ])
  expect(nodeSpans({ started_at: null, finished_at: null })).toEqual([])
})
