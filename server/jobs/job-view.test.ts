import { describe, expect, it } from 'vitest'
import type { Job, JobRecord } from '#contracts/jobs'
import { createJobView } from './job-view.ts'

const id = '20261122_101500_a1b2c3'
const running: JobRecord = {
  ...{ version: 1, id, prompt_id: 'prompt', status: 'running', number: 1, workflow: null, inputs: {}, seeds: {} },
  ...{ created_at: 1, started_at: 2, finished_at: null, outputs: [], error: null, retry_of: null, client_id: null },
  ...{ prompt: {}, extra_data: {}, outputs_to_execute: [], history: null },
}

/** A disk with records that can be changed. */
function viewOf(...records: JobRecord[]) {
  const disk = new Map(records.map((record) => [record.id, record]))
  const forgotten: string[] = []
  const view = createJobView({
    records: { names: async () => [...disk.keys()], read: async (name) => disk.get(name) ?? null },
    onForgotten: (name) => forgotten.push(name),
  })
  return { disk, view, forgotten, status: () => view.find(id)?.status }
}

describe('a job that only its record tells of', () => {
  it('is interrupted when a connected engine has not spoken of it at two looks', async () => {
    const { view, status } = viewOf(running)
    await view.rescan()
    await view.recheck(true)
    expect(status()).toBe('running')
    await view.recheck(true)
    expect(status()).toBe('interrupted')
    expect(view.live()).toEqual([])
  })

  it('is believed for as long as there is no engine to ask', async () => {
    const { view, status } = viewOf(running)
    await view.rescan()
    for (let look = 0; look < 4; look++) await view.recheck(false)
    expect(status()).toBe('running')
  })

  it('runs on when the engine spoke of it', async () => {
    const { view, status } = viewOf(running)
    await view.rescan()
    await view.recheck(true)
    view.applyFeed({ type: 'job', job: { ...running, progress: null } as Job, change: 'started' })
    for (let look = 0; look < 4; look++) await view.recheck(true)
    expect(status()).toBe('running')
  })
})

it('says which jobs it forgets, as their records are gone or cannot be read any more', async () => {
  const { disk, view, forgotten } = viewOf({ ...running, status: 'completed', finished_at: 3 })
  await view.rescan()
  disk.delete(id)
  await view.rescan([id])
  expect(view.find(id)).toBeNull()
  expect(forgotten).toEqual([id])
})
