import { describe, expect, it } from 'vitest'
import type { ExecutionError } from '#contracts/comfy/messages'
import type { RunOutcome } from '../runner/messages.ts'
import { JobRun } from './lifecycle-run.ts'
import { queuedRecord } from './record.ts'

const prompt = { 1: { class_type: 'Blocked', inputs: {} }, 2: { class_type: 'Save', inputs: { images: ['1', 0] } } }

function run(): JobRun {
  const accepted = {
    promptId: 'p',
    number: 0,
    prompt,
    extraData: { client_id: 'c', create_time: 1 },
    secrets: { api_key_comfy_org: 'hidden' },
    outputsToExecute: ['2'],
    studio: null,
  }
  const record = queuedRecord('20260101_000000_abcdef', accepted, 1)
  return new JobRun({ record, sequence: 0, secrets: accepted.secrets, studio: null }, 2)
}

const error: ExecutionError = {
  node_id: '1',
  node_type: 'Blocked',
  executed: [],
  exception_message: 'Execution Blocked: no',
  exception_type: 'ExecutionBlocked',
  traceback: [],
  current_inputs: {},
  current_outputs: [],
}
const ended = (status: RunOutcome['status'], type?: string): RunOutcome => ({
  status,
  outputs: {},
  meta: {},
  error: type === undefined ? null : { type, message: 'It died.', node_id: '1', node_type: 'Blocked' },
})
const kinds = (job: { history: { status: Record<string, unknown> } | null }) =>
  (job.history!.status.messages as [string, unknown][]).map(([type]) => type)

describe('a run', () => {
  it('holds back what may end it until its record is durable', () => {
    const job = run()
    expect(job.take({ type: 'execution_start', data: {} }, 5).map((message) => message.type)).toEqual([
      'execution_start',
    ])
    expect(job.take({ type: 'execution_success', data: {} }, 6)).toEqual([])
    const record = job.end(ended('success'), 7000)
    expect(record).toMatchObject({ status: 'completed', finished_at: 7 })
    expect(job.record.status).toBe('running')
    expect(job.release()).toEqual([{ type: 'execution_success', data: { prompt_id: 'p', timestamp: 6 } }])
  })

  it('goes on after the error of a blocked node, which history keeps, and completes', () => {
    const job = run()
    expect(job.take({ type: 'execution_error', data: error }, 1)).toEqual([])
    const sent = job.take({ type: 'executing', data: { node: '2', display_node: '2' } }, 2)
    expect(sent.map((message) => message.type)).toEqual(['execution_error', 'executing'])
    job.take({ type: 'execution_success', data: {} }, 3)
    const record = job.end(ended('success'), 4)
    expect(kinds(record)).toEqual(['execution_error', 'execution_success'])
    expect(record.status).toBe('completed')
  })

  it('says itself that it failed when its process died without a word', () => {
    const job = run()
    job.take({ type: 'executing', data: { node: '1', display_node: '1' } }, 1)
    const record = job.end(ended('error', 'RunnerCrashed'), 4)
    expect(record).toMatchObject({ status: 'failed', error: { type: 'RunnerCrashed' } })
    expect(job.release()).toMatchObject([
      {
        type: 'execution_error',
        data: { prompt_id: 'p', node_id: '1', exception_message: 'It died.\n', timestamp: 4 },
      },
    ])
  })

  it.each(['cancelled', 'interrupted'] as const)('that had to be killed to be %s is that, and no failure', (reason) => {
    const job = run()
    job.stop(reason)
    job.stop('cancelled')
    expect(job.signal.aborted).toBe(true)
    job.take({ type: 'execution_error', data: { ...error, exception_type: 'RunnerCrashed' } }, 3)
    const record = job.end(ended('error', 'RunnerCrashed'), 4)
    expect(record).toMatchObject({ status: reason, error: null })
    expect(job.release().map((message) => message.type)).toEqual(['execution_interrupted'])
    expect(kinds(record)).toEqual(['execution_interrupted'])
  })

  it('completes when it was asked to stop too late', () => {
    const job = run()
    job.stop('cancelled')
    job.take({ type: 'execution_success', data: {} }, 3)
    expect(job.end(ended('success'), 4).status).toBe('completed')
  })

  it('records when its nodes ran', () => {
    const job = run()
    job.take({ type: 'execution_cached', data: { nodes: ['1'] } }, 3000)
    const record = job.end(ended('success'), 4000)
    expect(record.nodes).toEqual([{ id: '1', started_at: 3, finished_at: 3, cached: true }])
    expect(job.job).not.toHaveProperty('nodes')
  })

  it('hands secrets to the runner only', () => {
    const job = run()
    expect(job.request.extraData.api_key_comfy_org).toBe('hidden')
    expect(JSON.stringify(job.record)).not.toContain('hidden')
  })
})
