/**
 * @file An engine for tests of the web process: speaks the real wire (HTTP, feed, `job.json` on disk) and executes
 * nothing; the test says when a job starts, moves and ends. Not part of the product.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Job, JobError, JobFile, JobProgress, JobRecord, JobStatus } from '#contracts/jobs'
import { studioRunSchema } from '#contracts/jobs'
import { type FeedMessage, type QueueCommand, queueCommandSchema } from '#contracts/studio-feed'
import { writeFileDurably } from '#platform/files/durable-write'
import { incompleteMarker, jobRecordName } from '#platform/studio-directory'

export interface FakeEngineOptions {
  /** Where job folders are made. */
  outputRoot: string
  nodeClasses?: readonly string[]
  /** Model folder → files. */
  models?: Record<string, readonly string[]>
}

export interface FakeEngine {
  /** Changes with a restart. Nothing answers there while it is stopped. */
  readonly url: string
  /** Everything accepted, by job name. */
  readonly records: ReadonlyMap<string, JobRecord>
  /** Bodies of `POST /prompt`. */
  readonly prompts: Record<string, unknown>[]
  /** Paths that were asked, in order. */
  readonly requests: string[]
  /** How many feeds are connected. */
  readonly feeds: number
  readonly paused: boolean
  /** Accepts a prompt as from a foreign client. */
  accept(body?: Record<string, unknown>): Promise<JobRecord>
  start(job: string): Promise<void>
  progress(job: string, value: number): void
  preview(job: string, image: Buffer): void
  /** A file became visible: written for real, recorded. */
  output(job: string, filename?: string): Promise<void>
  end(job: string, status: Exclude<JobStatus, 'queued' | 'running'>, error?: JobError): Promise<void>
  runner(state: 'starting' | 'ready' | 'busy' | 'down', detail?: string): void
  /** The next prompt is refused with this 400 body. */
  refuseNext(body: unknown): void
  /** Sends any text to every feed. */
  sendRaw(text: string | Buffer): void
  /** Breaks the feed connections; clients may come back at once. */
  dropFeeds(): void
  /** Stops listening, as a dead process would. Jobs stay as they are. */
  stop(): Promise<void>
  /** Listens again, at another address. */
  restart(): Promise<void>
}

/** Discard: nothing listens there. A port that was given back may be somebody else's by now. */
const nobodysPort = 9

export async function startFakeEngine({
  outputRoot,
  nodeClasses = [],
  models = {},
}: FakeEngineOptions): Promise<FakeEngine> {
  const records = new Map<string, JobRecord>()
  const progressOf = new Map<string, JobProgress>()
  const prompts: Record<string, unknown>[] = []
  const requests: string[] = []
  const sockets = new Set<WebSocket>()
  let counter = 0
  let paused = false
  let refusal: unknown = null
  let server: Server
  let port = nobodysPort

  const isLive = (record: JobRecord) => record.status === 'queued' || record.status === 'running'
  const jobOf = (record: JobRecord): Job => {
    const { version, client_id, prompt, extra_data, outputs_to_execute, history, ...job } = record
    return { ...job, progress: progressOf.get(record.id) ?? null }
  }
  const require = (id: string): JobRecord => {
    const record = records.get(id)
    if (!record) throw new Error(`the test names an unknown job: ${id}`)
    return record
  }
  const send = (message: FeedMessage) => {
    for (const socket of sockets) socket.send(JSON.stringify(message))
  }
  const change = (record: JobRecord, kind: 'queued' | 'started' | 'output' | 'ended' | 'moved') =>
    send({ type: 'job', job: jobOf(record), change: kind })
  const save = (record: JobRecord) =>
    writeFileDurably(join(outputRoot, record.id, jobRecordName), JSON.stringify(record))

  async function accept(body: Record<string, unknown> = { prompt: {} }): Promise<JobRecord> {
    const extraData = (body.extra_data ?? {}) as Record<string, unknown>
    const studio = studioRunSchema.safeParse(extraData.studio).data
    const number = ++counter * (body.front ? -1 : 1)
    const created = Date.now()
    const stamp = new Date(created).toISOString().replace(/[-:]/g, '').replace('T', '_').slice(0, 15)
    const known = studio?.job === undefined ? undefined : records.get(studio.job)
    if (known) return known
    const record: JobRecord = {
      version: 1,
      id: studio?.job ?? `${stamp}_${randomBytes(3).toString('hex')}`,
      prompt_id: (body.prompt_id as string | undefined) ?? randomUUID(),
      status: 'queued',
      number,
      workflow: studio?.workflow ?? null,
      inputs: studio?.inputs ?? {},
      seeds: studio?.seeds ?? {},
      created_at: created / 1000,
      started_at: null,
      finished_at: null,
      outputs: [],
      error: null,
      retry_of: studio?.retry_of ?? null,
      client_id: (body.client_id as string) ?? null,
      prompt: body.prompt as Record<string, unknown>,
      extra_data: { ...extraData, create_time: created },
      outputs_to_execute: (body.partial_execution_targets as string[]) ?? Object.keys(body.prompt as object),
      history: null,
    }
    records.set(record.id, record)
    change(record, 'queued')
    return record
  }

  async function end(id: string, status: JobRecord['status'], error: JobError | null = null): Promise<void> {
    const record = require(id)
    const folder = join(outputRoot, id)
    await mkdir(folder, { recursive: true })
    Object.assign(record, { status, error, finished_at: Date.now() / 1000 })
    progressOf.delete(id)
    await save(record)
    await rm(join(folder, incompleteMarker), { force: true })
    change(record, 'ended')
  }

  function steer(command: QueueCommand): boolean {
    if (command.command === 'pause' || command.command === 'resume') {
      paused = command.command === 'pause'
      send({ type: 'queue', paused })
      return true
    }
    const waiting = [...records.values()]
      .filter((record) => record.status === 'queued')
      .sort((a, b) => a.number - b.number)
    const moved = waiting.find((record) => record.id === command.job)
    const others = waiting.filter((record) => record !== moved)
    const at = 'other' in command ? others.findIndex((record) => record.id === command.other) : 0
    if (!moved || at < 0) return false
    const index = command.command === 'after' ? at + 1 : at
    const [before, after] = [others[index - 1]?.number, others[index]?.number]
    moved.number = before === undefined ? (after ?? 1) - 1 : after === undefined ? before + 1 : (before + after) / 2
    change(moved, 'moved')
    return true
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString('utf8')
    const path = request.url ?? '/'
    requests.push(`${request.method} ${path}`)
    const reply = (status: number, body?: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(body === undefined ? '' : JSON.stringify(body))
    }
    const item = (record: JobRecord) => [
      record.number,
      record.prompt_id,
      record.prompt,
      record.extra_data,
      record.outputs_to_execute,
    ]
    if (path === '/prompt') {
      const body = JSON.parse(text) as Record<string, unknown>
      prompts.push(body)
      if (refusal !== null) {
        reply(400, refusal)
        refusal = null
        return
      }
      const record = await accept(body)
      reply(200, { prompt_id: record.prompt_id, number: record.number, node_errors: {}, job: record.id })
      return
    }
    const cancel = /^\/api\/jobs\/([^/]+)\/cancel$/.exec(path)
    if (cancel) {
      const record = [...records.values()].find((candidate) => candidate.prompt_id === cancel[1])
      const cancelled = record !== undefined && isLive(record)
      if (cancelled) await end(record.id, 'cancelled')
      reply(200, { cancelled })
      return
    }
    if (path === '/internal/studio/queue') {
      reply(200, { done: steer(queueCommandSchema.parse(JSON.parse(text))), paused })
      return
    }
    if (path === '/queue' && request.method === 'POST') {
      const { delete: promptIds = [] } = JSON.parse(text) as { delete?: string[] }
      for (const record of [...records.values()]) {
        if (record.status === 'queued' && promptIds.includes(record.prompt_id)) await end(record.id, 'cancelled')
      }
      reply(200)
      return
    }
    if (path === '/queue' && request.method === 'GET') {
      const all = [...records.values()]
      reply(200, {
        queue_running: all.filter((record) => record.status === 'running').map(item),
        queue_pending: all.filter((record) => record.status === 'queued').map(item),
      })
      return
    }
    if (path === '/object_info') {
      reply(200, Object.fromEntries(nodeClasses.map((name) => [name, { input: {} }])))
      return
    }
    const folder = /^\/models\/([^/]+)$/.exec(path)
    if (folder) {
      const files = models[decodeURIComponent(folder[1]!)]
      reply(files ? 200 : 404, files)
      return
    }
    reply(path === '/free' || path === '/interrupt' || path === '/queue' ? 200 : 404)
  }

  async function listen(): Promise<void> {
    server = createServer((request, response) => {
      answer(request, response).catch((error: unknown) => response.destroy(error as Error))
    })
    const sidecar = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, socket, head) => {
      if (request.url !== '/internal/studio/feed') return socket.destroy()
      sidecar.handleUpgrade(request, socket, head, (feed) => {
        const jobs = [...records.values()].filter(isLive).map(jobOf)
        const snapshot: FeedMessage = { type: 'snapshot', jobs, device: 'cpu', runner: 'ready', paused }
        feed.send(JSON.stringify(snapshot))
        sockets.add(feed)
        feed.on('close', () => sockets.delete(feed))
      })
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
    port = (server.address() as AddressInfo).port
  }

  function dropFeeds(): void {
    for (const socket of sockets) socket.terminate()
    sockets.clear()
  }

  await listen()
  return {
    get url() {
      return `http://127.0.0.1:${port}`
    },
    records,
    prompts,
    requests,
    get paused() {
      return paused
    },
    get feeds() {
      return sockets.size
    },
    accept,
    async start(id) {
      const record = require(id)
      Object.assign(record, { status: 'running', started_at: Date.now() / 1000 })
      await mkdir(join(outputRoot, id), { recursive: true })
      await writeFile(join(outputRoot, id, incompleteMarker), '')
      await save(record)
      change(record, 'started')
    },
    progress(id, value) {
      const progress: JobProgress = {
        value,
        node_id: '1',
        node_title: 'Upscale',
        step: Math.round(value * 10),
        steps: 10,
        nodes_done: 0,
        nodes_total: 1,
      }
      progressOf.set(id, progress)
      send({ type: 'progress', job: id, progress })
    },
    preview(id, image) {
      const head = Buffer.from(JSON.stringify({ job: id, node_id: '1', image_type: 'image/jpeg' }))
      const length = Buffer.alloc(4)
      length.writeUInt32BE(head.length)
      for (const socket of sockets) socket.send(Buffer.concat([length, head, image]))
    },
    async output(id, filename = `final_0000${require(id).outputs.length + 1}.png`) {
      const record = require(id)
      const folder = join(outputRoot, id, 'final')
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, filename), 'picture')
      const file: JobFile = {
        filename,
        subfolder: `${id}/final`,
        kind: 'final',
        media: 'image',
        node_id: '1',
        size: 7,
        crc32: 0,
        modified_ns: '0',
        width: 1,
        height: 1,
        duration: null,
      }
      record.outputs = [...record.outputs, file]
      change(record, 'output')
    },
    end,
    runner: (state, detail) => send({ type: 'runner', state, detail: detail ?? null, rss: null }),
    refuseNext(body) {
      refusal = body
    },
    sendRaw(text) {
      for (const socket of sockets) socket.send(text)
    },
    dropFeeds,
    async stop() {
      dropFeeds()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      port = nobodysPort
    },
    restart: listen,
  }
}
