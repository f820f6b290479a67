/** The event log and its two ways out, with real files and real connections. */
import { once } from 'node:events'
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProgressEvent, Snapshot, StudioEvent } from '#contracts/events'
import { type Authenticator, everyoneIsSignedIn } from '../http/access.ts'
import { createApp } from '../http/app.ts'
import { until } from '../testing/until.ts'
import { createEventLog, type EventLog } from './event-log.ts'
import { createOpenStreams } from './open-streams.ts'
import { type EventRoutesDeps, eventRoutes } from './routes.ts'

let directory: string
const cleanups: (() => Promise<unknown> | unknown)[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'studio-events-'))
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  await rm(directory, { recursive: true, force: true })
})

async function openLog(options: Partial<Parameters<typeof createEventLog>[0]> = {}): Promise<EventLog> {
  const log = await createEventLog({ directory, ...options })
  cleanups.push(() => log.settled())
  return log
}
async function note(log: EventLog, count: number) {
  for (let n = 0; n < count; n++) log.append('assets.uploaded', 'info', `upload ${n}`, { files: [`${n}.png`] })
  await log.settled()
}
const ids = (lines: { id: number }[]) => lines.map(({ id }) => id)

describe('the event log', () => {
  it('gives rising ids that go on after a restart', async () => {
    await note(await openLog(), 3)
    const log = await openLog()
    expect(log.append('studio.started', 'info', 'started').id).toBe(4)
    await log.settled()
    expect(ids(log.read({ limit: 10 }))).toEqual([1, 2, 3, 4])
  })

  it('answers the first events after an id, the newest without one, and those of some types', async () => {
    const log = await openLog()
    await note(log, 5)
    log.append('engine.up', 'info', 'up')
    await log.settled()
    expect(ids(log.read({ since: 2, limit: 2 }))).toEqual([3, 4])
    expect(ids(log.read({ limit: 2 }))).toEqual([5, 6])
    expect(ids(log.read({ limit: 9, types: new Set(['engine.up']) }))).toEqual([6])
    expect(log.read({ since: 99, limit: 2 })).toEqual([])
  })

  it('keeps the newest events only, in memory and on disk, and never gives an id twice', async () => {
    const log = await openLog({ maxEvents: 20 })
    for (let round = 0; round < 25; round++) await note(log, 3)
    expect(ids(log.read({ since: 0, limit: 100 }))).toEqual(Array.from({ length: 20 }, (_, n) => 56 + n))
    const lines = (await Promise.all((await readdir(directory)).map((name) => readFile(join(directory, name), 'utf8'))))
      .join('')
      .trim()
      .split('\n')
    expect(lines.length).toBeLessThan(40)
    const again = await openLog({ maxEvents: 20 })
    expect(ids(again.read({ since: 0, limit: 100 }))).toEqual(ids(log.read({ since: 0, limit: 100 })))
    expect(again.append('engine.up', 'info', 'up').id).toBe(76)
  })

  it('survives half a line and a damaged line at the end of its file', async () => {
    await note(await openLog(), 2)
    const [name] = await readdir(directory)
    await appendFile(join(directory, name!), '{"damaged"\n{"id":3,"type":"assets.upl')
    await note(await openLog(), 1)
    const log = await openLog()
    expect(ids(log.read({ since: 0, limit: 10 }))).toEqual([1, 2, 3])
  })

  it('tells this process at once and readers only when the event is on disk', async () => {
    const log = await openLog()
    const heard: number[] = []
    log.subscribe(({ id }) => heard.push(id))
    log.append('engine.up', 'info', 'up')
    expect(heard).toEqual([1])
    expect(log.read({ since: 0, limit: 10 })).toEqual([])
    expect(log.lastId()).toBe(0)
    await until(() => log.lastId() === 1, 'the event to be published')
    expect(await readFile(join(directory, (await readdir(directory))[0]!), 'utf8')).toContain('"engine.up"')
  })

  it('shows events although the disk refuses them, and writes them when it takes them again', async () => {
    const failures: unknown[] = []
    const log = await openLog({ onWriteError: (error) => failures.push(error) })
    await rm(directory, { recursive: true })
    await note(log, 2)
    expect(failures).not.toHaveLength(0)
    expect(ids(log.read({ since: 0, limit: 10 }))).toEqual([1, 2])
    directory = await mkdtemp(join(tmpdir(), 'studio-events-'))
  })
})

// ---------------------------------------------------------------- over HTTP

interface SseMessage {
  event: string
  id: string | null
  data: unknown
}

class Browser {
  readonly messages: SseMessage[] = []
  comments = 0
  closed = false
  readonly response: IncomingMessage
  #rest = ''
  constructor(response: IncomingMessage, { reads = true } = {}) {
    this.response = response
    response.once('close', () => {
      this.closed = true
    })
    response.on('error', () => undefined)
    if (reads) response.setEncoding('utf8').on('data', (text: string) => this.#take(text))
    cleanups.push(() => response.destroy())
  }
  #take(text: string) {
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop()!
    for (const block of blocks) {
      if (block.includes(`:${' '.repeat(2048)}`)) this.comments++
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? null
      const event = field('event')
      if (event) this.messages.push({ event, id: field('id'), data: JSON.parse(field('data')!) })
    }
  }
  ofKind(event: string) {
    return this.messages.filter((message) => message.event === event)
  }
}

const progress: ProgressEvent['progress'] = {
  value: 0.5,
  node_id: '1',
  node_title: 'Upscale',
  step: 1,
  steps: 2,
  nodes_done: 0,
  nodes_total: 1,
}

async function serve(
  log: EventLog,
  options: Partial<EventRoutesDeps> = {},
  authenticator: Authenticator = everyoneIsSignedIn,
) {
  const movers = new Set<(job: string) => void>()
  const app = createApp({ authenticator })
  const source = {
    subscribe: (listener: (job: string) => void) => {
      movers.add(listener)
      return () => movers.delete(listener)
    },
    current: (job: string): ProgressEvent | null => (job === 'over' ? null : { job, progress, preview: null }),
  }
  const snapshot = async () => ({ jobs: [], system: { version: 'test' } as unknown as Snapshot['system'] })
  await app.register(eventRoutes({ log, progress: source, snapshot, ...options }), { prefix: '/api/admin' })
  await app.listen({ port: 0, host: '127.0.0.1' })
  cleanups.push(() => app.close())
  const { port } = app.server.address() as AddressInfo
  const connect = async (path = '/events', headers: Record<string, string> = {}): Promise<IncomingMessage> => {
    const outgoing = request({ port, path: `/api/admin${path}`, headers: { accept: 'text/event-stream', ...headers } })
    outgoing.end()
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    return response
  }
  return {
    app,
    connect,
    movers,
    browse: async (...args: Parameters<typeof connect>) => new Browser(await connect(...args)),
    move: (job: string) => {
      for (const mover of movers) mover(job)
    },
  }
}

describe('GET /events as JSON', () => {
  it('answers the documented keys, oldest first', async () => {
    const log = await openLog({ now: () => 1_764_000_000_500 })
    await note(log, 3)
    const { app } = await serve(log)
    const answer = await app.inject('/api/admin/events?since=1&limit=1')
    expect(answer.json()).toEqual({
      events: [
        {
          id: 2,
          type: 'assets.uploaded',
          timestamp: 1_764_000_000.5,
          severity: 'info',
          message: 'upload 1',
          data: { files: ['1.png'] },
        },
      ],
    })
    expect((await app.inject('/api/admin/events?since=x')).statusCode).toBe(400)
    const some = await app.inject('/api/admin/events?types=engine.up,engine.down')
    expect(some.json()).toEqual({ events: [] })
  })
})

describe('GET /events as a stream', () => {
  it('begins with padding and a whole snapshot, then sends what happens', async () => {
    const log = await openLog()
    await note(log, 2)
    const { browse } = await serve(log)
    const browser = await browse()
    expect(browser.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    })
    await until(() => browser.messages.length > 0, 'the snapshot')
    expect(browser.comments).toBe(1)
    expect(browser.messages).toEqual([
      { event: 'snapshot', id: '2', data: { last_event_id: 2, jobs: [], system: { version: 'test' } } },
    ])
    log.append('engine.up', 'info', 'up', { device: 'cpu' })
    await until(() => browser.messages.length > 1, 'the event')
    expect(browser.messages[1]).toMatchObject({ event: 'engine.up', id: '3', data: { id: 3, message: 'up' } })
  })

  it('tells what happened while the snapshot was made, after it', async () => {
    const log = await openLog()
    await note(log, 2)
    const { browse } = await serve(log, {
      snapshot: async () => {
        log.append('engine.up', 'info', 'up')
        return { jobs: [], system: { version: 'test' } as unknown as Snapshot['system'] }
      },
    })
    const browser = await browse()
    await until(() => browser.messages.length > 1, 'the event')
    expect(browser.messages.map(({ event, id }) => [event, id])).toEqual([
      ['snapshot', '2'],
      ['engine.up', '3'],
    ])
  })

  it.each([
    ['Last-Event-ID', '/events', { 'last-event-id': '2' }],
    ['since', '/events?since=2', {}],
  ])('replays what was missed after %s, in order and without a gap', async (_name, path, headers) => {
    const log = await openLog()
    await note(log, 300)
    const { browse } = await serve(log)
    const browser = await browse(path, headers as Record<string, string>)
    log.append('engine.up', 'info', 'up')
    await until(() => browser.ofKind('engine.up').length, 'the newest event')
    expect(browser.messages[0]).toMatchObject({ event: 'snapshot', id: null })
    expect(browser.messages.slice(1).map(({ id }) => Number(id))).toEqual(Array.from({ length: 299 }, (_, n) => n + 3))
  })

  it('does not replay to a browser that comes from a newer log', async () => {
    const log = await openLog()
    await note(log, 3)
    const { browse } = await serve(log)
    const browser = await browse('/events', { 'last-event-id': '700' })
    log.append('engine.up', 'info', 'up')
    await until(() => browser.ofKind('engine.up').length, 'the newest event')
    expect(browser.messages.map(({ event, id }) => [event, id])).toEqual([
      ['snapshot', '3'],
      ['engine.up', '4'],
    ])
  })

  it('sends progress beside the log, newest state only, and none of a job that is over', async () => {
    const log = await openLog()
    const { browse, move } = await serve(log)
    const browser = await browse()
    await until(() => browser.messages.length > 0, 'the snapshot')
    move('over')
    move('job-1')
    await until(() => browser.ofKind('progress').length, 'progress')
    expect(browser.messages.slice(1)).toEqual([
      { event: 'progress', id: null, data: { job: 'job-1', progress, preview: null } },
    ])
  })

  it('tells that a job started before it tells how far it is', async () => {
    const log = await openLog()
    const { browse, move } = await serve(log)
    const browser = await browse()
    await until(() => browser.messages.length > 0, 'the snapshot')
    log.append('job.started', 'info', 'started', { job: { id: 'job-1' } })
    move('job-1')
    await until(() => browser.ofKind('progress').length, 'progress')
    expect(browser.messages.map(({ event }) => event)).toEqual(['snapshot', 'job.started', 'progress'])
  })

  it('keeps the line alive with padded comments', async () => {
    const { browse } = await serve(await openLog(), { heartbeat: 10 })
    const browser = await browse()
    await until(() => browser.comments > 3, 'heartbeats')
  })

  it('cuts a reader that stands still, and keeps the others', async () => {
    const log = await openLog()
    const impatient = await serve(log, { patience: 2000 })
    const slow = new Browser(await impatient.connect(), { reads: false })
    slow.response.pause()
    const quick = await (await serve(log)).browse()
    // More than the buffers between here and there can hold; a reader that falls behind the log is cut too.
    const text = 'x'.repeat(100_000)
    for (let n = 0; n < 400; n++) log.append('engine.up', 'info', text)
    await log.settled()
    await until(() => impatient.movers.size === 0, 'the slow stream to be released')
    slow.response.resume()
    await until(() => slow.closed, 'the slow reader to be cut')
    await until(() => quick.ofKind('engine.up').length === 400, 'the quick reader to get everything')
    expect(quick.closed).toBe(false)
  })

  it('refuses more streams than it was told, and frees the place of one that left', async () => {
    const { connect, browse, movers } = await serve(await openLog(), { streams: createOpenStreams(1) })
    const first = await browse()
    await until(() => first.messages.length > 0, 'the first stream')
    const refused = await connect()
    expect(refused.statusCode).toBe(429)
    refused.resume()
    first.response.destroy()
    await until(() => movers.size === 0, 'the place to be free')
    expect((await browse()).response.statusCode).toBe(200)
  })

  it('ends with the session that opened it', async () => {
    const streams = createOpenStreams()
    const bySession: Authenticator = {
      authenticate: ({ headers }) => ({ kind: 'session', sessionHash: String(headers['x-session']) }),
    }
    const { browse } = await serve(await openLog(), { streams }, bySession)
    const left = await browse('/events', { 'x-session': 'left' })
    const stays = await browse('/events', { 'x-session': 'stays' })
    await until(() => left.messages.length > 0 && stays.messages.length > 0, 'the streams')
    streams.endSession('left')
    await until(() => left.closed, 'the stream to end')
    expect(stays.closed).toBe(false)
  })

  it('does not hold up the end of the process', async () => {
    const { app, browse } = await serve(await openLog())
    const browser = await browse()
    await until(() => browser.messages.length > 0, 'the snapshot')
    await app.close()
    await until(() => browser.closed, 'the stream to end')
  })

  it('writes each log entry as the JSON it is', async () => {
    const log = await openLog()
    const { browse } = await serve(log)
    const browser = await browse()
    await until(() => browser.messages.length > 0, 'the snapshot')
    const event = log.append('job.failed', 'error', 'line\nbreak “quotes”', { job: { id: 'x' } })
    await until(() => browser.messages.length > 1, 'the event')
    expect(browser.messages[1]!.data as StudioEvent).toEqual(event)
  })
})
