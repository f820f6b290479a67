import { access, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { jobRecordSchema } from '#contracts/jobs'
import { savePicture, upscaleForLong } from './graphs.ts'
import { makeDirectory, startEngine, type TestEngine } from './harness.ts'

const engines: TestEngine[] = []

/** An engine that is stopped when the test ends. */
async function start(options: Parameters<typeof startEngine>[0] = {}): Promise<TestEngine> {
  const engine = await startEngine(options)
  engines.push(engine)
  return engine
}

afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop()
})

async function readRecord(engine: TestEngine, job: string) {
  return jobRecordSchema.parse(JSON.parse(await readFile(join(engine.output, job, 'job.json'), 'utf8')))
}

/** A running job and two that wait behind it. */
async function busyEngine() {
  const engine = await start()
  const socket = await engine.connect()
  const running = await engine.queue(upscaleForLong(), { client_id: socket.id })
  const first = await engine.queue(savePicture(1), { number: 50 })
  const front = await engine.queue(savePicture(2), { number: 40 })
  await socket.until((event) => event.type === 'progress')
  return { engine, running, waiting: [front, first] }
}

async function untilCompleted(engine: TestEngine, promptId: string): Promise<void> {
  await engine.until(async () => (await engine.get(`/api/jobs/${promptId}`)).status === 'completed')
}

describe('an engine that was told to stop', () => {
  it('ends the running job as interrupted, keeps the queue in its order, and runs it after the start', async () => {
    const { engine, running, waiting } = await busyEngine()
    expect(await engine.terminate()).toBe(0)
    const record = await readRecord(engine, running.job)
    expect(record).toMatchObject({ status: 'interrupted', error: null })
    expect(record.finished_at).not.toBeNull()
    expect(await readdir(join(engine.output, running.job))).not.toContain('.incomplete')

    const again = await start({ directory: engine.directory })
    for (const { promptId } of waiting) await untilCompleted(again, promptId)
    const history = await again.get('/history')
    expect(Object.keys(history)).toEqual([running.promptId, ...waiting.map((queued) => queued.promptId)])
    expect(history[running.promptId].status).toMatchObject({ status_str: 'error', completed: false })
    expect((await again.get(`/api/jobs/${running.promptId}`)).status).toBe('cancelled')
  })
})

describe('an engine that was killed', () => {
  it('brings the running job back as interrupted and runs what waited', async () => {
    const { engine, running, waiting } = await busyEngine()
    const runner = await engine.runnerPid()
    await engine.kill()
    expect(await readdir(join(engine.output, running.job))).toContain('.incomplete')
    expect(await readRecord(engine, running.job)).toMatchObject({ status: 'running' })

    const again = await start({ directory: engine.directory })
    expect(await readRecord(again, running.job)).toMatchObject({ status: 'interrupted' })
    expect(await readdir(join(again.output, running.job))).not.toContain('.incomplete')
    for (const { promptId } of waiting) await untilCompleted(again, promptId)
    expect((await again.get('/queue')).queue_running).toEqual([])
    // Its runner did not outlive it.
    await again.until(async () => !isAlive(runner))
  })

  it('answers no 200 for a prompt that could be lost: all accepted ones are there again', async () => {
    const engine = await start()
    const socket = await engine.connect()
    await engine.queue(upscaleForLong(), { client_id: socket.id })
    await socket.until((event) => event.type === 'execution_start')
    const queued = await Promise.all(Array.from({ length: 20 }, (_, index) => engine.queue(savePicture(index))))
    await engine.kill()
    const again = await start({ directory: engine.directory })
    for (const { promptId } of queued) await untilCompleted(again, promptId)
  })
})

describe('a prompt that names its job', () => {
  it('is queued once, however often it is sent, also after a restart and after its end', async () => {
    const engine = await start()
    const job = '20260102_030405_abcdef'
    const studio = { workflow: null, inputs: {}, seeds: {}, outputs: {}, retry_of: null, job }
    const body = { prompt_id: crypto.randomUUID(), extra_data: { studio } }
    await engine.post('/internal/studio/queue', { command: 'pause' })
    const first = await engine.queue(savePicture(7), body)
    expect(first.job).toBe(job)
    expect(await engine.queue(savePicture(7), body)).toEqual(first)
    expect((await engine.get('/queue')).queue_pending).toHaveLength(1)
    await engine.kill()
    const again = await start({ directory: engine.directory })
    expect(await again.queue(savePicture(7), body)).toEqual(first)
    await again.post('/internal/studio/queue', { command: 'resume' })
    await untilCompleted(again, first.promptId)
    expect(await again.queue(savePicture(7), body)).toEqual(first)
    expect(Object.keys(await again.get('/history'))).toEqual([first.promptId])
  })
})

describe('a queue that somebody ordered and paused', () => {
  it('keeps its order and its pause over a kill, lets the running job go on, and runs in that order when resumed', async () => {
    const engine = await start()
    const socket = await engine.connect()
    const running = await engine.queue(upscaleForLong(160), { client_id: socket.id })
    await socket.until((event) => event.type === 'execution_start')
    const command = (target: TestEngine, body: object) => target.post('/internal/studio/queue', body)
    const pendingOf = async (target: TestEngine) =>
      ((await target.get('/queue')).queue_pending as [number, string][]).map(([, id]) => id)

    expect((await command(engine, { command: 'pause' })).body).toEqual({ done: true, paused: true })
    const a = await engine.queue(savePicture(1))
    const b = await engine.queue(savePicture(2))
    const c = await engine.queue(savePicture(3))
    const d = await engine.queue(savePicture(4))
    expect((await command(engine, { command: 'front', job: d.job })).body).toMatchObject({ done: true })
    expect((await command(engine, { command: 'after', job: a.job, other: c.job })).body).toMatchObject({ done: true })
    expect((await command(engine, { command: 'front', job: running.job })).body).toEqual({ done: false, paused: true })
    expect((await command(engine, { command: 'sideways' })).status).toBe(400)
    const order = [d, b, c, a].map((queued) => queued.promptId)
    expect(await pendingOf(engine)).toEqual(order)
    await untilCompleted(engine, running.promptId)
    expect((await engine.get('/queue')).queue_running).toEqual([])

    await engine.kill()
    const again = await start({ directory: engine.directory })
    expect(await pendingOf(again)).toEqual(order)
    const front = await again.queue(savePicture(5), { front: true })
    expect(await pendingOf(again)).toEqual([front.promptId, ...order])
    expect((await command(again, { command: 'resume' })).body).toEqual({ done: true, paused: false })
    for (const id of order) await untilCompleted(again, id)
    expect(Object.keys(await again.get('/history'))).toEqual([running.promptId, front.promptId, ...order])
  })
})

describe('the history', () => {
  it('is read again from the folders when the database is gone', async () => {
    const engine = await start()
    const one = await engine.run(savePicture(1))
    const two = await engine.run(savePicture(2))
    const before = await engine.get('/history')
    await engine.terminate()
    await rm(join(engine.directory, 'database'), { recursive: true })
    const again = await start({ directory: engine.directory })
    const after = await again.get('/history')
    expect(Object.keys(after)).toEqual([one.promptId, two.promptId])
    expect(after).toEqual(before)
  })

  it('is read again from the folders when the database is damaged, which is put aside', async () => {
    const engine = await start()
    const { promptId } = await engine.run(savePicture(1))
    await engine.terminate()
    await writeFile(join(engine.directory, 'database', 'engine.db'), 'this is no database at all'.repeat(1000))
    const again = await start({ directory: engine.directory })
    expect(Object.keys(await again.get('/history'))).toEqual([promptId])
    expect((await readdir(join(engine.directory, 'database'))).some((name) => name.includes('damaged'))).toBe(true)
  })

  it('pages as ComfyUI pages, and forgets what it is told to forget', async () => {
    const engine = await start()
    const ids: string[] = []
    for (const colour of [1, 2, 3, 4]) ids.push((await engine.run(savePicture(colour))).promptId)
    const keys = async (query: string) => Object.keys(await engine.get(`/history${query}`))
    expect(await keys('')).toEqual(ids)
    expect(await keys('?max_items=2')).toEqual(ids.slice(2))
    expect(await keys('?offset=1')).toEqual(ids.slice(1))
    expect(await keys('?offset=1&max_items=2')).toEqual(ids.slice(1, 3))
    expect(await keys('?offset=4')).toEqual([])
    expect(await engine.get('/history/unknown')).toEqual({})
    await engine.post('/history', { delete: [ids[0]] })
    expect(await keys('')).toEqual(ids.slice(1))
    await engine.post('/history', { clear: true })
    expect(await keys('')).toEqual([])
  })
})

describe('what an earlier engine left', () => {
  it('is settled: a folder still marked incomplete, with old temporary files', async () => {
    const directory = await makeDirectory()
    const engine = await start({ directory })
    const { job } = await engine.run(savePicture(1))
    await engine.terminate()

    const leftover = '20250101_000000_abcdef'
    const folder = join(engine.output, leftover)
    await mkdir(join(folder, 'final'), { recursive: true })
    const record = { ...(await readRecord(engine, job)), id: leftover, status: 'running', history: null }
    await writeFile(join(folder, 'job.json'), JSON.stringify(record))
    await writeFile(join(folder, '.incomplete'), '')
    await writeFile(join(folder, 'final', '.tmp-0123456789ab'), 'half')
    const longAgo = new Date('2025-01-01')
    for (const name of ['.tmp-aaaaaaaaaaaa', '.tmp-bbbbbbbbbbbb']) await writeFile(join(engine.input, name), 'half')
    await utimes(join(engine.input, '.tmp-aaaaaaaaaaaa'), longAgo, longAgo)

    const again = await start({ directory })
    await again.until(async () => !(await readdir(folder)).includes('.incomplete'))
    await again.until(async () => !(await readdir(again.input)).includes('.tmp-aaaaaaaaaaaa'))
    expect(await readRecord(again, leftover)).toMatchObject({ status: 'interrupted' })
    expect(await readdir(join(folder, 'final'))).toEqual([])
    expect(await readdir(again.input)).toContain('.tmp-bbbbbbbbbbbb')
  })

  it('is not touched by a second engine on the same directory, which refuses to start', async () => {
    const engine = await start()
    await expect(startEngine({ directory: engine.directory })).rejects.toThrow(/Another engine is using/)
    expect((await engine.run(savePicture(1))).entry.status.completed).toBe(true)
  })
})

describe('a disk that takes nothing more', () => {
  it('fails the job in words and the engine lives', async () => {
    const engine = await start()
    // A file where the folders should go: like a full disk, no folder can be made.
    await rm(engine.output, { recursive: true })
    await writeFile(engine.output, '')
    const socket = await engine.connect()
    const { promptId } = await engine.queue(savePicture(1), { client_id: socket.id })
    const error = await socket.until((event) => event.type === 'execution_error')
    expect(error.data.exception_message).toMatch(/folder of this job could not be made/)
    expect((await engine.get(`/api/jobs/${promptId}`)).status).toBe('failed')
    await rm(engine.output)
    await mkdir(engine.output)
    expect((await engine.run(savePicture(2))).entry.status.completed).toBe(true)
  })
})

describe('temporary files', () => {
  it('are gone after a stop', async () => {
    const engine = await start()
    await writeFile(join(engine.directory, 'temp', 'left.png'), 'x')
    await engine.terminate()
    await expect(access(join(engine.directory, 'temp', 'left.png'))).rejects.toThrow()
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
