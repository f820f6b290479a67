/** @file Jobs for tests: a complete record with the parts that matter overridden. */
import type { Job, JobFile } from '#contracts/jobs'

export const aFile = (over: Partial<JobFile> = {}): JobFile => ({
  filename: 'final_00001.png',
  subfolder: '20261122_101500_a1b2c3/final',
  kind: 'final',
  media: 'image',
  node_id: '9',
  size: 1000,
  crc32: 1,
  modified_ns: '1795342500000000000',
  width: 1024,
  height: 768,
  duration: null,
  ...over,
})

export const aJob = (over: Partial<Job> = {}): Job => ({
  id: '20261122_101500_a1b2c3',
  prompt_id: '4a0d4c3e-5a0f-4a8e-9a55-0f7f0c8f1a11',
  status: 'completed',
  number: 1,
  workflow: { id: 'upscale-2x', name: 'Upscale 2x' },
  inputs: {},
  seeds: {},
  created_at: 1,
  started_at: 2,
  finished_at: 3,
  progress: null,
  outputs: [],
  error: null,
  retry_of: null,
  ...over,
})
