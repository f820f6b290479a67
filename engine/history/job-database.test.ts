import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JobRecord } from '#contracts/jobs'
import { endedRecord, queuedRecord } from '../jobs/record.ts'
import { type JobDatabase, openJobDatabase } from './job-database.ts'

let directory: string
let database: JobDatabase

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'job-database-'))
  database = openJobDatabase(join(directory, 'engine.db'), { limit: 3 })
})
afterEach(() => {
  database.close()
  rmSync(directory, { recursive: true })
})

function queued(index: number): JobRecord {
  const accepted = {
    promptId: `p${index}`,
    number: index,
    prompt: {},
    extraData: { create_time: index },
    secrets: {},
    outputsToExecute: [],
    studio: null,
  }
  return queuedRecord(`20260101_000000_00000${index}`, accepted, index)
}

function ended(index: number): JobRecord {
  const started = { ...queued(index), started_at: index }
  return endedRecord(started, 'completed', index + 1, null, { outputs: {}, meta: {}, messages: [] })
}

const historyIds = () => database.historyAfter(0, 100).map((row) => row.promptId)

describe('the job database', () => {
  it('gives back what had not ended, in order of acceptance', () => {
    for (const index of [2, 1, 3]) database.addQueued(queued(index))
    database.addEnded(ended(1))
    expect(database.unfinished().map((record) => record.prompt_id)).toEqual(['p2', 'p3'])
    expect(database.unfinished()[0]).toEqual(queued(2))
  })

  it('keeps history in order of finishing and drops the oldest beyond its limit', () => {
    for (const index of [1, 2, 3, 4, 5]) database.addQueued(queued(index))
    for (const index of [3, 1, 5, 2]) database.addEnded(ended(index))
    expect(historyIds()).toEqual(['p1', 'p5', 'p2'])
    expect(database.historyCount()).toBe(3)
    expect(database.findEnded('p3')).toBeNull()
    expect(database.unfinished().map((record) => record.prompt_id)).toEqual(['p4'])
  })

  it('forgets ended jobs only, never what waits', () => {
    database.addQueued(queued(1))
    database.addEnded(ended(2))
    database.deleteEnded(['p1', 'p2'])
    expect(historyIds()).toEqual([])
    database.addEnded(ended(3))
    database.clearEnded()
    expect(historyIds()).toEqual([])
    expect(database.unfinished()).toHaveLength(1)
  })

  it('leaves a job that never ran out of the history', () => {
    database.addQueued(queued(1))
    database.addEnded(endedRecord(queued(1), 'cancelled', 2, null, { outputs: {}, meta: {}, messages: [] }))
    expect(database.historyCount()).toBe(0)
    expect(database.findEnded('p1')).toMatchObject({ inHistory: false, job: { status: 'cancelled' } })
  })

  it('is held by one process', () => {
    expect(() => openJobDatabase(join(directory, 'engine.db'))).toThrow(/locked/)
  })
})
