import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jobRecordSchema } from '#contracts/jobs'
import { previewPicture, savePicture, shrinkFile, upscaleForLong } from './graphs.ts'
import { startEngine, type TestEngine, type TestSocket } from './harness.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await startEngine()
})
afterAll(() => engine.stop())

const isEnd = (event: { type: string; data: Record<string, unknown> }) =>
  event.type === 'executing' && event.data.node === null

/** Types in order, with the node where there is one; repeated progress left out. */
function order(socket: TestSocket): string[] {
  return socket.events.map((event) => {
    const node = 'node' in event.data ? event.data.node : undefined
    return node === undefined ? event.type : `${event.type} ${node}`
  })
}

async function readRecord(job: string) {
  return jobRecordSchema.parse(JSON.parse(await readFile(join(engine.output, job, 'job.json'), 'utf8')))
}

describe('a prompt that succeeds', () => {
  it('sends its messages in the order that clients wait for', async () => {
    const socket = await engine.connect()
    await engine.queue(savePicture(0x101010), { client_id: socket.id })
    await socket.until(isEnd)
    expect(order(socket)).toEqual([
      'status',
      'status',
      'status',
      'execution_start',
      'execution_cached',
      'progress_state',
      'executing 1',
      'progress_state',
      'progress_state',
      'executing 2',
      'executed 2',
      'progress_state',
      'execution_success',
      'status',
      'executing null',
    ])
    const remaining = socket.events
      .filter((event) => event.type === 'status')
      .map((event) => (event.data.status as { exec_info: { queue_remaining: number } }).exec_info.queue_remaining)
    expect(remaining).toEqual([0, 1, 1, 0])
  })

  it('is in the history when execution_success is sent', async () => {
    const socket = await engine.connect()
    const { promptId } = await engine.queue(savePicture(0x101011), { client_id: socket.id })
    await socket.until((event) => event.type === 'execution_success')
    const { [promptId]: entry } = await engine.get(`/history/${promptId}`)
    expect(entry.status).toMatchObject({ status_str: 'success', completed: true })
    expect(entry.status.messages.map(([type]: [string]) => type)).toEqual([
      'execution_start',
      'execution_cached',
      'execution_success',
    ])
    expect(entry.prompt).toHaveLength(5)
    expect(entry.prompt[4]).toEqual(['2'])
    expect(entry.meta['2']).toEqual({ node_id: '2', display_node: '2', parent_node: null, real_node_id: '2' })
  })

  it('leaves a folder with its files and a record of size and crc32, and no marker', async () => {
    const { job, entry } = await engine.run(savePicture(0x101012))
    const [image] = entry.outputs['2'].images
    expect(image).toEqual({
      filename: 'picture_00001_.png',
      subfolder: `${job}/final`,
      type: 'output',
      id: expect.any(String),
    })
    expect((await readdir(join(engine.output, job))).sort()).toEqual(['final', 'job.json'])
    const record = await readRecord(job)
    expect(record).toMatchObject({ id: job, status: 'completed', error: null })
    expect(record.outputs).toHaveLength(1)
    const bytes = Buffer.from(await (await engine.fetch(`/view?${new URLSearchParams(image)}`)).arrayBuffer())
    expect(record.outputs[0]).toMatchObject({ filename: image.filename, size: bytes.length, kind: 'final', width: 64 })
  })

  it('reads an uploaded picture, scales and saves it', async () => {
    await writeFile(join(engine.input, 'chelsea.png'), await readFile('studio-data/defaults/input/chelsea.png'))
    const { job } = await engine.run(shrinkFile('chelsea.png'))
    const [file] = (await readRecord(job)).outputs
    expect(file).toMatchObject({ width: 226, height: 150 })
  })

  it('runs no node again when everything is cached, and still says what there is', async () => {
    const first = await engine.run(savePicture(0x101013))
    const socket = await engine.connect()
    const { promptId } = await engine.queue(savePicture(0x101013), { client_id: socket.id })
    await socket.until(isEnd)
    expect(order(socket).filter((type) => type !== 'status')).toEqual([
      'execution_start',
      'execution_cached',
      'executed 2',
      'progress_state',
      'execution_success',
      'executing null',
    ])
    const { [promptId]: entry } = await engine.get(`/history/${promptId}`)
    expect(entry.outputs).toEqual(first.entry.outputs)
  })

  it('gives every studio run files of its own, named by their kind', async () => {
    const studio = {
      workflow: { id: 'w', name: 'W' },
      inputs: { colour: 1 },
      seeds: {},
      outputs: { 2: 'intermediate' },
      retry_of: null,
    }
    const one = await engine.run(savePicture(0x101014), { extra_data: { studio } })
    const two = await engine.run(savePicture(0x101014), { extra_data: { studio } })
    for (const run of [one, two]) {
      const record = await readRecord(run.job)
      expect(record.workflow).toEqual({ id: 'w', name: 'W' })
      expect(record.inputs).toEqual({ colour: 1 })
      expect(record.outputs.map((file) => `${file.subfolder}/${file.filename}`)).toEqual([
        `${run.job}/intermediate/intermediate_00001.png`,
      ])
    }
  })

  it('keeps previews of type temp findable while their file lies in the job', async () => {
    const { job, entry } = await engine.run(previewPicture(0x101015))
    const [image] = entry.outputs['2'].images
    expect(image).toMatchObject({ type: 'temp', subfolder: `${job}/preview` })
    expect((await engine.fetch(`/view?${new URLSearchParams(image)}`)).status).toBe(200)
    expect(await readdir(join(engine.output, job, 'preview'))).toEqual([image.filename])
  })
})

describe('a prompt that fails', () => {
  it('sends execution_error, is failed in record and history, and the next prompt runs', async () => {
    const broken = await readFile('studio-data/defaults/input/chelsea.png')
    await writeFile(join(engine.input, 'broken.png'), broken.subarray(0, 2000))
    const socket = await engine.connect()
    const { promptId, job } = await engine.queue(shrinkFile('broken.png'), { client_id: socket.id })
    await socket.until(isEnd)
    expect(order(socket).slice(-5)).toEqual([
      'progress_state',
      'executing 1',
      'execution_error',
      'status',
      'executing null',
    ])
    const error = socket.events.find((event) => event.type === 'execution_error')!.data
    expect(error).toMatchObject({ prompt_id: promptId, node_id: '1', node_type: 'LoadImage', executed: [] })
    expect(error.exception_message).toMatch(/\n/)
    const record = await readRecord(job)
    expect(record).toMatchObject({ status: 'failed', error: { node_id: '1', node_type: 'LoadImage' } })
    const { [promptId]: entry } = await engine.get(`/history/${promptId}`)
    expect(entry.status).toMatchObject({ status_str: 'error', completed: false })
    expect(await engine.get(`/api/jobs/${promptId}`)).toMatchObject({
      status: 'failed',
      execution_error: { node_id: '1' },
    })
    expect((await engine.run(savePicture(0x202020))).entry.status.status_str).toBe('success')
  })
})

describe('a prompt that is stopped', () => {
  it('ends as cancelled with execution_interrupted, keeps no marker, and the next prompt runs', async () => {
    const socket = await engine.connect()
    const { promptId, job } = await engine.queue(upscaleForLong(), { client_id: socket.id })
    const waiting = await engine.queue(savePicture(0x303030), { client_id: socket.id })
    await socket.until((event) => event.type === 'progress' && event.data.node === '3')
    expect(await readdir(join(engine.output, job))).toContain('.incomplete')
    expect(await engine.get('/api/jobs?status=in_progress')).toMatchObject({ jobs: [{ id: promptId }] })

    expect((await engine.post('/interrupt', { prompt_id: crypto.randomUUID() })).status).toBe(200)
    expect((await engine.get('/queue')).queue_running).toHaveLength(1)

    expect((await engine.post('/interrupt', { prompt_id: promptId })).status).toBe(200)
    await socket.until((event) => isEnd(event) && event.data.prompt_id === promptId)
    const ofRun = socket.ofRun(promptId).map((event) => event.type)
    expect(ofRun.at(-2)).toBe('execution_interrupted')
    expect(ofRun).not.toContain('execution_success')
    expect(await readRecord(job)).toMatchObject({ status: 'cancelled', error: null })
    expect(await readdir(join(engine.output, job))).not.toContain('.incomplete')
    const { [promptId]: entry } = await engine.get(`/history/${promptId}`)
    expect(entry.status).toMatchObject({ status_str: 'error', completed: false })
    expect((await engine.get(`/api/jobs/${promptId}`)).status).toBe('cancelled')

    await socket.until((event) => isEnd(event) && event.data.prompt_id === waiting.promptId)
    expect(await readRecord(waiting.job)).toMatchObject({ status: 'completed' })
  })

  it('has no effect on the next prompt when nothing runs', async () => {
    expect((await engine.fetch('/interrupt', { method: 'POST', body: '{broken' })).status).toBe(200)
    expect((await engine.run(savePicture(0x303031))).entry.status.status_str).toBe('success')
  })

  it('is failed in words when its runner is killed, and a new runner runs the next prompt', async () => {
    const socket = await engine.connect()
    const { promptId, job } = await engine.queue(upscaleForLong(1024, 0x303032), { client_id: socket.id })
    await socket.until((event) => event.type === 'progress')
    process.kill(await engine.runnerPid(), 'SIGKILL')
    await socket.until(isEnd)
    const error = socket.ofRun(promptId).find((event) => event.type === 'execution_error')!
    expect(error.data).toMatchObject({ exception_type: 'RunnerCrashed', node_id: '3' })
    expect(await readRecord(job)).toMatchObject({ status: 'failed', error: { type: 'RunnerCrashed' } })
    expect(await readdir(join(engine.output, job))).not.toContain('.incomplete')
    expect((await engine.run(savePicture(0x303033))).entry.status.status_str).toBe('success')
  })

  it('pending: is taken out of the queue, has a record, and is in no history', async () => {
    const socket = await engine.connect()
    const running = await engine.queue(upscaleForLong(1024, 0x303034), { client_id: socket.id })
    const one = await engine.queue(savePicture(1))
    const two = await engine.queue(savePicture(2))
    const three = await engine.queue(savePicture(3))
    const { body } = await engine.post(`/api/jobs/${one.promptId}/cancel`, {})
    expect(body).toEqual({ cancelled: true })
    expect((await engine.post(`/api/jobs/${one.promptId}/cancel`, {})).body).toEqual({ cancelled: false })
    expect((await engine.post('/queue', { delete: [two.promptId, 'unknown'] })).status).toBe(200)
    const { queue_running, queue_pending } = await engine.get('/queue')
    expect(queue_running.map((item: unknown[]) => item[1])).toEqual([running.promptId])
    expect(queue_pending.map((item: unknown[]) => item[1])).toEqual([three.promptId])
    await engine.post('/queue', { clear: true })
    expect((await engine.get('/queue')).queue_pending).toEqual([])
    for (const { job, promptId } of [one, two, three]) {
      expect(await readRecord(job)).toMatchObject({ status: 'cancelled', started_at: null })
      expect(await engine.get(`/history/${promptId}`)).toEqual({})
      expect((await engine.get(`/api/jobs/${promptId}`)).status).toBe('cancelled')
    }
    const both = await engine.post('/api/jobs/cancel', { job_ids: [running.promptId, one.promptId] })
    expect(both.body).toEqual({ cancelled: true })
    await socket.until(isEnd)
  })
})

describe('the order of the queue', () => {
  it('is by number, and a later front prompt runs before an earlier one', async () => {
    const socket = await engine.connect()
    await engine.queue(upscaleForLong(1024, 0x404040), { client_id: socket.id })
    await socket.until((event) => event.type === 'execution_start')
    const last = await engine.queue(savePicture(11), { number: 1e6 })
    const front = await engine.queue(savePicture(12), { front: true })
    const later = await engine.queue(savePicture(13), { front: true })
    const plain = await engine.queue(savePicture(14))
    const pending = (await engine.get('/queue')).queue_pending
    expect(pending.map((item: unknown[]) => item[1])).toEqual(
      [later, front, plain, last].map((queued) => queued.promptId),
    )
    await engine.post('/queue', { clear: true })
    await engine.post('/interrupt', {})
    await socket.until(isEnd)
  })
})

describe('previews of a run', () => {
  it('are event 4 for clients that announced it, and event 1 for the others', async () => {
    const socket = await engine.connect()
    socket.send({ type: 'feature_flags', data: { supports_preview_metadata: true } })
    const flags = await socket.until((event) => event.type === 'feature_flags')
    expect(flags.data).toEqual(await engine.get('/features'))
    const { promptId } = await engine.queue(upscaleForLong(1024, 0x505050), { client_id: socket.id })
    const frame = await socket.untilFrame(() => true)
    expect(frame.readUInt32BE(0)).toBe(4)
    const length = frame.readUInt32BE(4)
    expect(JSON.parse(frame.toString('utf8', 8, 8 + length))).toMatchObject({
      node_id: '3',
      prompt_id: promptId,
      image_type: 'image/jpeg',
    })
    expect(frame.subarray(8 + length, 10 + length)).toEqual(Buffer.from([0xff, 0xd8]))
    await engine.post('/interrupt', {})
    await socket.until(isEnd)

    const plain = await engine.connect()
    await engine.queue(upscaleForLong(1024, 0x505051), { client_id: plain.id })
    const old = await plain.untilFrame(() => true)
    expect([old.readUInt32BE(0), old.readUInt32BE(4)]).toEqual([1, 1])
    await engine.post('/interrupt', {})
    await plain.until(isEnd)
    expect(plain.frames.every((bytes) => bytes.readUInt32BE(0) === 1)).toBe(true)
  })
})

describe('a client that comes back', () => {
  it('is told the running node and gets the rest of the run, also after its old connection closed', async () => {
    const first = await engine.connect()
    const { promptId } = await engine.queue(upscaleForLong(1024, 0x606060), { client_id: first.id })
    await first.until((event) => event.type === 'progress')
    const second = await engine.connect('/api/ws?clientId=', first.id)
    await second.until((event) => event.type === 'executing' && event.data.node === '3')
    expect(second.events[0]).toMatchObject({ type: 'status', data: { sid: first.id } })
    first.close()
    await first.closed
    await engine.post('/interrupt', { prompt_id: promptId })
    await second.until((event) => event.type === 'execution_interrupted')
    await second.until(isEnd)
  })

  it('gets an id of 32 hex digits when it brings none, and broken JSON disturbs nothing', async () => {
    const socket = await engine.connect('/ws?', '')
    socket.send('{broken')
    const status = await socket.until((event) => event.type === 'status')
    expect(status.data.sid).toMatch(/^[0-9a-f]{32}$/)
    expect((await engine.get('/prompt')).exec_info).toEqual({ queue_remaining: 0 })
  })
})
