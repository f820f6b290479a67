import { expect, it } from 'vitest'
import type { JobRecord } from '#contracts/jobs'
import { parseRecord, recordText } from './job-record-text.ts'

const seed = 2n ** 63n + 12345n
const record: JobRecord = {
  version: 1,
  id: '20260324_143052_a1b2c3',
  prompt_id: '00000000-0000-4000-8000-000000000000',
  status: 'failed',
  number: 1,
  workflow: null,
  inputs: { seed: 2 ** 63 },
  seeds: { seed: 2 ** 63 },
  created_at: 1,
  started_at: 2,
  finished_at: 3,
  outputs: [],
  error: null,
  retry_of: null,
  client_id: null,
  prompt: { '3': { class_type: 'KSampler', inputs: { seed } } },
  extra_data: { extra_pnginfo: { workflow: { widgets_values: [seed] } } },
  outputs_to_execute: ['3'],
  history: { outputs: {}, meta: {}, status: { messages: [['execution_error', { current_inputs: { seed: [seed] } }]] } },
}

it('keeps seeds of 64 bits in all that is run again or shown to clients, and plain numbers elsewhere', () => {
  expect(recordText(record)).toContain('"seed":9223372036854788153')
  expect(parseRecord(recordText(record))).toEqual(record)
})

it('is null for what is no record', () => {
  for (const text of ['', 'null', '[]', '{"version":2}', recordText(record).slice(0, -5)])
    expect(parseRecord(text)).toBe(null)
})
