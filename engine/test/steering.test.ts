/** @file Rules of queue, interruption, cache and history that only the whole engine can show. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { savePicture, shrinkFile, upscaleForLong } from './graphs.ts'
import { startEngine, type TestEngine, type TestSocket, type WireEvent } from './harness.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await startEngine()
})
afterAll(() => engine.stop())

const isEndOf = (promptId: string) => (event: WireEvent) =>
  event.type === 'executing' && event.data.node === null && event.data.prompt_id === promptId

/** Something runs until the test has done its work. */
async function whileBusy(work: (running: { promptId: string; socket: TestSocket }) => Promise<void>): Promise<void> {
  const socket = await engine.connect()
  const { promptId } = await engine.queue(upscaleForLong(1024, Math.floor(Math.random() * 0xffffff)), {
    client_id: socket.id,
  })
  await socket.until(({ type, data }) => type === 'execution_start' && data.prompt_id === promptId)
  try {
    await work({ promptId, socket })
  } finally {
    await engine.post('/queue', { clear: true })
    await engine.post('/interrupt', { prompt_id: promptId })
    await socket.until(isEndOf(promptId))
    socket.close()
  }
}

const entryOf = (promptId: string) =>
  engine.until(async () => (await engine.get(`/history/${promptId}`))[promptId] ?? null)

describe('the queue', () => {
  it('shows items of five: number, id, graph as converted, extra data with create_time, outputs', async () => {
    await whileBusy(async () => {
      const graph = savePicture(0x51)
      const prompt = { ...graph, 1: { ...graph[1], inputs: { ...graph[1].inputs, width: '64', height: 64.9 } } }
      const { promptId } = await engine.queue(prompt, { number: 7.5, client_id: 'me' })
      const [item] = (await engine.get('/queue')).queue_pending
      expect(item).toHaveLength(5)
      expect([item[0], item[1], item[4]]).toEqual([7.5, promptId, ['2']])
      expect(item[2]['1'].inputs).toMatchObject({ width: 64, height: 64 })
      expect(item[3]).toEqual({ client_id: 'me', create_time: expect.any(Number) })
    })
  })

  it('keeps keys of a node that mean nothing, and does not count them or titles for the cache', async () => {
    await engine.run(savePicture(0x52))
    const graph = savePicture(0x52)
    const prompt = { ...graph, 1: { ...graph[1], colour: 'blue', _meta: { title: 'Other' } } }
    const { promptId } = await engine.run(prompt)
    const entry = await entryOf(promptId)
    expect(entry.prompt[2]['1']).toMatchObject({ colour: 'blue', _meta: { title: 'Other' } })
    expect(entry.status.messages[1]).toMatchObject(['execution_cached', { nodes: ['1', '2'] }])
  })

  it('runs equal numbers in the order of their prompt ids', async () => {
    await whileBusy(async () => {
      const ids = ['c', 'a', 'b'].map((letter) => `${letter.repeat(8)}-0000-4000-8000-000000000000`)
      for (const prompt_id of ids) await engine.queue(savePicture(0x53), { number: 5, prompt_id })
      const pending = (await engine.get('/queue')).queue_pending
      expect(pending.map((item: unknown[]) => item[1])).toEqual([...ids].sort())
    })
  })

  it('tells every client of each change: queued, deleted, cleared', async () => {
    await whileBusy(async () => {
      const watcher = await engine.connect()
      const counts = () =>
        watcher.events.flatMap(({ type, data }) =>
          type === 'status'
            ? [(data.status as { exec_info: { queue_remaining: number } }).exec_info.queue_remaining]
            : [],
        )
      const one = await engine.queue(savePicture(0x54))
      await engine.queue(savePicture(0x55))
      await engine.post('/queue', { delete: [one.promptId] })
      await engine.post('/queue', { clear: true })
      await watcher.until(() => counts().length >= 5)
      expect(counts()).toEqual([1, 2, 3, 2, 1])
    })
  })

  it('never touches the running prompt by delete and clear', async () => {
    await whileBusy(async ({ promptId }) => {
      await engine.post('/queue', { delete: [promptId] })
      await engine.post('/queue', { clear: true })
      expect((await engine.get('/queue')).queue_running.map((item: unknown[]) => item[1])).toEqual([promptId])
    })
  })
})

describe('POST /interrupt', () => {
  it('leaves a pending prompt alone when it names that one', async () => {
    await whileBusy(async ({ promptId }) => {
      const waiting = await engine.queue(savePicture(0x56))
      await engine.post('/interrupt', { prompt_id: waiting.promptId })
      const { queue_running, queue_pending } = await engine.get('/queue')
      expect([queue_running[0][1], queue_pending[0][1]]).toEqual([promptId, waiting.promptId])
    })
  })

  it('without a body interrupts whatever runs', async () => {
    const socket = await engine.connect()
    const { promptId } = await engine.queue(upscaleForLong(1024, 0x57), { client_id: socket.id })
    await socket.until(({ type }) => type === 'progress')
    const answer = await engine.fetch('/interrupt', { method: 'POST' })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    await socket.until(({ type, data }) => type === 'execution_interrupted' && data.prompt_id === promptId)
  })
})

describe('jobs', () => {
  it('are pending, in progress and cancelled in one view; a running one is cancelled by its id', async () => {
    const socket = await engine.connect()
    const running = await engine.queue(upscaleForLong(1024, 0x58), { client_id: socket.id })
    const waiting = await engine.queue(savePicture(0x59))
    await socket.until(({ type }) => type === 'progress')
    const { jobs } = await engine.get('/api/jobs?status=pending,in_progress')
    expect(jobs.map(({ id, status }: { id: string; status: string }) => [id, status])).toEqual([
      [waiting.promptId, 'pending'],
      [running.promptId, 'in_progress'],
    ])
    expect(jobs[0]).not.toHaveProperty('execution_start_time')
    expect(jobs[0].outputs_count).toBe(0)
    expect((await engine.post(`/api/jobs/${running.promptId}/cancel`, {})).body).toEqual({ cancelled: true })
    await socket.until(isEndOf(running.promptId))
    expect(await engine.get(`/api/jobs/${running.promptId}`)).toMatchObject({ status: 'cancelled' })
    expect((await engine.post(`/api/jobs/${running.promptId}/cancel`, {})).body).toEqual({ cancelled: false })
    await entryOf(waiting.promptId)
  })

  it('that failed carry the data of their execution_error, and an unknown one is 404 in words', async () => {
    await mkdir(engine.input, { recursive: true })
    await writeFile(join(engine.input, 'no-picture.png'), 'text')
    const { promptId } = await engine.run(shrinkFile('no-picture.png'))
    const job = await engine.get(`/api/jobs/${promptId}`)
    expect(job).toMatchObject({ status: 'failed', execution_error: { node_id: '1', node_type: 'LoadImage' } })
    expect(job.execution_error.exception_message).toMatch(/\n$/)
    const unknown = await engine.fetch(`/api/jobs/${crypto.randomUUID()}`)
    expect([unknown.status, await unknown.json()]).toEqual([404, { error: 'Job not found' }])
  })
})

describe('cached results', () => {
  it('of output nodes are in the history also when the prompt had no client', async () => {
    const first = await entryOf((await engine.queue(savePicture(0x5a))).promptId)
    const again = await entryOf((await engine.queue(savePicture(0x5a))).promptId)
    expect(again.outputs['2']).toEqual(first.outputs['2'])
    expect(again.status.messages[1]).toMatchObject(['execution_cached', { nodes: ['1', '2'] }])
    expect(again.meta['2']).toEqual({ node_id: '2', display_node: '2', parent_node: null, real_node_id: '2' })
  })

  it('of LoadImage go by the content of the file: a replaced file runs again, the same bytes do not', async () => {
    const put = async (colour: string) => {
      const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: colour } })
        .png()
        .toBuffer()
      const form = new FormData()
      form.append('image', new Blob([new Uint8Array(bytes)]), 'replaced.png')
      form.append('overwrite', 'true')
      expect((await engine.fetch('/upload/image', { method: 'POST', body: form })).status).toBe(200)
    }
    const cached = async () => {
      const { entry } = await engine.run(shrinkFile('replaced.png'))
      return entry.status.messages[1][1].nodes
    }
    await put('red')
    expect(await cached()).toEqual([])
    await put('red')
    expect(await cached()).toEqual(['1', '2', '3'])
    await put('blue')
    expect(await cached()).toEqual([])
  })
})

describe('partial_execution_targets', () => {
  const two = (colour: number) => ({
    ...savePicture(colour),
    3: { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
  })

  it('start only output nodes of the list; ids that are none are ignored', async () => {
    const { entry } = await engine.run(two(0x5b), { partial_execution_targets: ['3', '1', 'nobody'] })
    expect(entry.prompt[4]).toEqual(['3'])
    expect(Object.keys(entry.outputs)).toEqual(['3'])
  })

  it('that are an empty list, or name no output node, are prompt_no_outputs', async () => {
    for (const partial_execution_targets of [[], ['1']]) {
      const { status, body } = await engine.post('/prompt', { prompt: two(0x5c), partial_execution_targets })
      expect([status, body.error.type]).toEqual([400, 'prompt_no_outputs'])
    }
  })
})
