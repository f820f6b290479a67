import { describe, expect, it } from 'vitest'
import type { JobDetail } from '#contracts/jobs'
import { aJob } from '../../_client/testing/jobs.ts'
import { reportOf, traceOf } from './job-report.ts'

const failed = {
  ...aJob({ status: 'failed', inputs: { image: 'cat.png' } }),
  error: { type: 'ValueError', message: 'no\n', node_id: '3', node_type: 'KSampler' },
  history: {
    outputs: {},
    meta: {},
    status: {
      messages: [
        ['execution_start', {}],
        ['execution_error', { traceback: ['  at a\n', '  at b\n'] }],
      ],
    },
  },
} as unknown as JobDetail

describe('the report of a failed job', () => {
  it('has the error, the node, the settings and the trace', () => {
    expect(reportOf(failed)).toBe(
      [
        'Job 20261122_101500_a1b2c3: failed',
        'Workflow: Upscale 2x',
        'Error: ValueError: no',
        'At: KSampler (node 3)',
        'Settings: {"image":"cat.png"}',
        '',
        'at a\n  at b',
      ].join('\n'),
    )
  })
  it('does without a trace, and with nonsense in the place of one', () => {
    for (const messages of [
      undefined,
      'x',
      [null],
      [['execution_error', null]],
      [['execution_error', { traceback: 1 }]],
    ]) {
      expect(traceOf({ history: { outputs: {}, meta: {}, status: { messages } } })).toBe('')
    }
    expect(traceOf({ history: null })).toBe('')
  })
})
