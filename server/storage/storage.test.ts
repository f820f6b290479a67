import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TrashListing } from '#contracts/assets'
import type { JobRecord } from '#contracts/jobs'
import type { FreedStorage, Storage } from '#contracts/storage'
import type { EngineLog, System, SystemHistory } from '#contracts/system'
import {
  jsonBody,
  ownOrigin,
  type StudioUnderTest,
  signIn,
  startStudioUnderTest,
  testKey,
} from '../test/studio-under-test.ts'
import { until } from '../testing/until.ts'

let studio: StudioUnderTest
afterEach(() => studio.close())

const key = { 'x-api-key': testKey }
const day = 86_400
const jobs = {
  done: '20260101_100000_aaaaaa',
  failed: '20260101_110000_bbbbbb',
  fresh: '20260101_120000_cccccc',
  running: '20260101_130000_dddddd',
}
const path = (...parts: string[]) => join(studio.root, 'data', ...parts)
const output = (...parts: string[]) => path('assets', 'output', ...parts)

async function write(file: string, bytes: number | string, ageDays = 0): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, typeof bytes === 'string' ? bytes : Buffer.alloc(bytes, 1))
  const at = Date.now() / 1000 - ageDays * day
  await utimes(file, at, at)
}

function record(id: string, status: JobRecord['status'], inputs: Record<string, unknown> = {}): string {
  return JSON.stringify({
    ...{ version: 1, id, prompt_id: id, status, number: 1, workflow: { id: 'w', name: 'Portrait' }, inputs, seeds: {} },
    ...{ created_at: 1, started_at: 1, finished_at: status === 'running' ? null : 2, outputs: [], error: null },
    ...{ retry_of: null, client_id: null, prompt: {}, extra_data: {}, outputs_to_execute: [], history: null },
  } satisfies JobRecord)
}

/** A studio whose disk holds jobs of every kind before it starts. */
async function start(quota?: number): Promise<void> {
  studio = await startStudioUnderTest(quota === undefined ? {} : { STUDIO_QUOTA_BYTES: String(quota) })
  await write(output(jobs.done, 'job.json'), record(jobs.done, 'completed', { image: 'used.png' }))
  await write(output(jobs.done, 'final', 'a.png'), 1000, 9)
  await write(output(jobs.done, 'intermediate', 'a.png'), 4000, 9)
  await write(output(jobs.done, 'intermediate', 'starred.png'), 500, 9)
  await write(output(jobs.done, 'preview', 'p.png'), 10, 9)
  await write(output(jobs.done, '.marks.json'), '{"intermediate/starred.png":"star"}')
  await write(output(jobs.failed, 'job.json'), record(jobs.failed, 'failed'))
  await write(output(jobs.failed, 'final', 'half.png'), 100, 1)
  await write(output(jobs.failed, 'intermediate', 'i.png'), 200, 1)
  await write(output(jobs.fresh, 'job.json'), record(jobs.fresh, 'completed'))
  await write(output(jobs.fresh, 'final', 'bad.png'), 300)
  await write(output(jobs.fresh, 'intermediate', 'young.png'), 700)
  await write(output(jobs.fresh, '.marks.json'), '{"final/bad.png":"reject"}')
  await write(output(jobs.running, '.incomplete'), '')
  await write(output(jobs.running, 'intermediate', 'x.png'), 900, 9)
  await write(path('assets', 'input', 'used.png'), 50, 9)
  await write(path('assets', 'input', 'unused.png'), 60, 9)
  await write(path('assets', 'input', 'new.png'), 70)
  await until(async () => {
    const { by_kind, by_job } = await storage()
    const isKnown = (id: string) => by_job.some(({ job, status }) => job === id && status !== null)
    const records = [jobs.done, jobs.failed, jobs.fresh]
    return by_kind.finals.files === 3 && by_kind.inputs.files === 3 && records.every(isKnown)
  }, 'what was written to be seen and read')
}
const storage = async (days = 3) =>
  (await studio.ask('GET', `/api/admin/storage?days=${days}`, { headers: key })).json() as Storage
const post = (where: string, body: unknown) => studio.ask('POST', `/api/admin${where}`, jsonBody(body, key))
const free = async (body: unknown) => (await post('/storage/free', body)).json() as FreedStorage
const trash = async () => (await studio.ask('GET', '/api/admin/trash', { headers: key })).json() as TrashListing

describe('storage', () => {
  beforeEach(() => start())

  it('says what fills the disk, by kind, by job and by age', async () => {
    const { by_kind, by_job, by_age } = await storage()
    expect(by_kind).toMatchObject({
      finals: { bytes: 1400, files: 3 },
      previews: { bytes: 10, files: 1 },
      intermediates: { bytes: 6300, files: 5 },
      inputs: { bytes: 180, files: 3 },
    })
    expect(by_job[0]).toMatchObject({
      job: jobs.done,
      name: 'Portrait',
      status: 'completed',
      finals: 1000,
      intermediates: 4500,
    })
    expect(by_age.map(({ days }) => days)).toEqual([1, 7, 30, 90, null])
    expect(by_age[2]).toMatchObject({ files: 7 })
  })

  it('suggests only what may go: no finals, nothing starred, young, used or of a running job', async () => {
    const { suggestions } = await storage()
    const of = (id: string) => suggestions.find((one) => one.id === id)
    expect(of('intermediates')).toMatchObject({ bytes: 4000, files: 1, jobs: 1 })
    expect(of('unfinished')).toMatchObject({ bytes: 200, files: 1 })
    expect(of('rejected')).toMatchObject({ bytes: 0, files: 0, finals: { bytes: 300, files: 1 } })
    expect(of('unused_inputs')).toMatchObject({ bytes: 60, files: 1 })
    expect(of('trash')).toBeUndefined()
    expect((await storage(0)).suggestions.find(({ id }) => id === 'intermediates')).toMatchObject({ bytes: 4700 })
  })

  it('moves to the trash, from where it comes back, and touches no final', async () => {
    const answer = await free({ suggestions: ['intermediates', 'rejected', 'unfinished', 'unused_inputs'] })
    expect(answer).toMatchObject({ freed: 0, moved: 4260, files: 3, errors: [], remaining: [] })
    for (const file of [
      `${jobs.done}/final/a.png`,
      `${jobs.fresh}/final/bad.png`,
      `${jobs.running}/intermediate/x.png`,
    ]) {
      expect(existsSync(output(file))).toBe(true)
    }
    expect(existsSync(output(jobs.done, 'intermediate', 'a.png'))).toBe(false)
    await post('/trash/restore', { ids: answer.trashed })
    expect(existsSync(output(jobs.done, 'intermediate', 'a.png'))).toBe(true)
  })

  it('deletes for good when asked, rejected finals only when asked for, and empties the trash', async () => {
    expect(await free({ suggestions: ['rejected'], finals: true })).toMatchObject({ moved: 300, files: 1 })
    expect((await trash()).entries.length).toBe(1)
    expect(await free({ suggestions: ['trash', 'intermediates'], for_good: true })).toMatchObject({
      freed: 4300,
      files: 2,
    })
    expect((await trash()).entries).toEqual([])
    expect(existsSync(output(jobs.fresh, 'final', 'bad.png'))).toBe(false)
  })

  it.each([
    {},
    { suggestions: [] },
    { suggestions: ['everything'] },
    { suggestions: ['trash'], days: -1 },
    { suggestions: '../..' },
  ])('refuses %j', async (body) => {
    expect([400, 422]).toContain((await post('/storage/free', body)).status)
  })
})

describe('a disk that is nearly full', () => {
  it('stops runs and uploads with the reason, and the trash makes room by itself, oldest first, keeping finals', async () => {
    await start(9000)
    const system = async () => (await studio.ask('GET', '/api/admin/system', { headers: key })).json() as System
    await until(
      async () => (await system()).disk.level === 'warn' || (await system()).disk.level === 'full',
      'a warning',
    )
    await write(path('assets', 'input', 'filler.png'), 1500, 0)
    await until(async () => (await system()).disk.level === 'full', 'the disk to be full')
    const run = await post('/jobs', { workflow: 'w', inputs: {} })
    expect([run.status, (run.json() as { detail: string }).detail]).toEqual([
      507,
      expect.stringMatching(/New runs wait/),
    ])
    const upload = await studio.ask('POST', '/api/admin/assets/upload-inputs', {
      headers: { ...key, 'content-type': 'multipart/form-data; boundary=x' },
      body: '--x--\r\n',
    })
    expect([upload.status, (upload.json() as { detail: string }).detail]).toEqual([
      507,
      expect.stringMatching(/Uploads wait/),
    ])
  })
})

describe('the trash', () => {
  it('keeps what the settings say, and tells them', async () => {
    await start()
    expect((await trash()).keeps).toEqual({ days: 7, settings_days: 30 })
    expect((await post('/settings', { trash_days: 14 })).json()).toEqual({ trash_days: 14 })
    expect((await trash()).keeps.days).toBe(14)
    for (const trash_days of [0, 1.5, 'many', 100_000]) {
      expect([400, 422]).toContain((await post('/settings', { trash_days })).status)
    }
    expect(JSON.parse(await readFile(path('settings.json'), 'utf8'))).toEqual({ trash_days: 14 })
  })
})

describe('the pod', () => {
  beforeEach(() => start())

  it('remembers the last hour', async () => {
    const history = await until(async () => {
      const answer = (await studio.ask('GET', '/api/admin/system/history', { headers: key })).json() as SystemHistory
      return answer.samples.length > 0 && answer
    }, 'a sample')
    expect(history.samples[0]).toMatchObject({ at: expect.any(Number), memory: expect.any(Number), gpus: [] })
    const later = await studio.ask('GET', `/api/admin/system/history?since=${Date.now()}`, { headers: key })
    expect((later.json() as SystemHistory).samples).toEqual([])
  })

  it('has a log, and says in words that an engine of somebody else is not restarted here', async () => {
    const log = await studio.ask('GET', '/api/admin/engine/log', { headers: key })
    expect(log.json() as EngineLog).toEqual({ lines: [] })
    expect(await post('/engine/restart', {})).toMatchObject({ status: 409 })
    expect(await post('/engine/free', {})).toMatchObject({ status: 503 })
    expect((await studio.ask('GET', '/api/admin/engine/log?limit=0', { headers: key })).status).toBeGreaterThanOrEqual(
      400,
    )
  })

  it('signs out every device at once', async () => {
    const [first, second] = [await signIn(studio), await signIn(studio)]
    const out = await studio.ask(
      'POST',
      '/api/auth/logout-everywhere',
      jsonBody({}, { ...ownOrigin(studio), cookie: first }),
    )
    expect(out.status).toBe(200)
    for (const cookie of [first, second]) {
      expect((await studio.ask('GET', '/api/admin/system', { headers: { cookie } })).status).toBe(401)
    }
    expect(await readdir(path('secrets'))).toContain('sessions.json')
  })
})

describe('duplicates of inputs', () => {
  const id = '20260101_140000_eeeeee'
  beforeEach(async () => {
    await start()
    // Alike in size and content; alike in size alone; a final.
    await write(path('assets', 'input', 'cat.png'), 'the cat itself')
    await write(path('assets', 'input', 'cat-again.png'), 'the cat itself')
    await write(path('assets', 'input', 'dog.png'), 'a dog that was')
    await write(output(id, 'job.json'), record(id, 'completed', { image: 'cat.png' }))
    await write(output(id, 'final', 'cat.png'), 'the cat itself')
    await write(output(id, 'preview', 'cat.png'), 'the cat itself')
    const isKnown = async () => (await storage()).by_job.some(({ job, status }) => job === id && status !== null)
    await until(isKnown, 'the job to be known')
  })
  const duplicates = async () => (await storage()).suggestions.find((one) => one.id === 'duplicates')

  it('are suggested once their contents were compared, and go without the copy that was used; the final only when asked for', async () => {
    await until(async () => (await duplicates())?.files === 2, 'the contents to be compared')
    expect(await duplicates()).toMatchObject({ bytes: 28, finals: { bytes: 14, files: 1 }, for_good: false })
    expect(await free({ suggestions: ['duplicates'] })).toMatchObject({ moved: 28, files: 2, errors: [] })
    expect((await readdir(path('assets', 'input'))).filter((name) => name.endsWith('.png')).sort()).toEqual(
      ['cat.png', 'dog.png', 'new.png', 'unused.png', 'used.png'].sort(),
    )
    expect(existsSync(output(id, 'final', 'cat.png'))).toBe(true)
    expect(existsSync(output(id, 'preview', 'cat.png'))).toBe(false)
    // Everything at once, finals too: what jobs use is the copy that stays.
    await free({ suggestions: ['unused_inputs', 'duplicates'], days: 0, finals: true, for_good: true })
    expect(existsSync(output(id, 'final', 'cat.png'))).toBe(false)
    expect(await readFile(path('assets', 'input', 'cat.png'), 'utf8')).toBe('the cat itself')
  })
})
