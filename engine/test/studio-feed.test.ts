import { afterAll, beforeAll, expect, it } from 'vitest'
import { type FeedMessage, feedMessageSchema, feedPreviewSchema } from '#contracts/studio-feed'
import { savePicture, upscaleForLong } from './graphs.ts'
import { startEngine, type TestEngine, type TestSocket } from './harness.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await startEngine()
  await engine.runnerPid()
})
afterAll(() => engine.stop())

const feedPath = '/internal/studio/feed?'

/** Every message so far, each checked against the contract. */
function messages(socket: TestSocket): FeedMessage[] {
  return socket.events.map((event) => feedMessageSchema.parse(event))
}

async function until(socket: TestSocket, fits: (message: FeedMessage) => boolean): Promise<FeedMessage> {
  const event = await socket.until((raw) => fits(raw as unknown as FeedMessage))
  return feedMessageSchema.parse(event)
}

it('says which model is being opened, and that it is open', async () => {
  const feed = await engine.connect(feedPath)
  const { job } = await engine.queue(upscaleForLong())
  const opening = await until(feed, (message) => message.type === 'progress' && message.progress.loading !== undefined)
  const isOver = (message: FeedMessage) => message.type === 'progress' && message.progress.loading === undefined
  const at = messages(feed).findIndex((message) => message.type === 'progress' && message.progress.loading)
  await feed.until(() => messages(feed).slice(at).some(isOver))
  await engine.post('/interrupt', {})
  await until(feed, (message) => message.type === 'job' && message.change === 'ended')
  expect(opening).toMatchObject({ job, progress: { loading: { model: expect.stringMatching(/\.\w+$/) } } })
  // Nothing of it is remembered by the next run.
  await engine.post('/free', { unload_models: true, free_memory: true })
})

it('begins with a snapshot of everything that has not ended', async () => {
  const client = await engine.connect()
  const running = await engine.queue(upscaleForLong(), { client_id: client.id })
  const waiting = await engine.queue(savePicture(1))
  await client.until((event) => event.type === 'progress')
  const feed = await engine.connect(feedPath)
  const snapshot = await until(feed, (message) => message.type === 'snapshot')
  expect(snapshot).toMatchObject({ device: 'cpu', runner: 'busy' })
  if (snapshot.type !== 'snapshot') throw new Error('not a snapshot')
  expect(snapshot.jobs.map((job) => [job.id, job.status])).toEqual([
    [running.job, 'running'],
    [waiting.job, 'queued'],
  ])
  expect(snapshot.jobs[0]!.progress).toMatchObject({ node_id: '3', nodes_total: 4 })
  expect(snapshot.jobs[0]!.progress!.value).toBeGreaterThan(0)
  expect(feed.events[0]!.type).toBe('snapshot')
  await engine.post('/interrupt', {})
  await until(feed, (message) => message.type === 'job' && message.job.id === waiting.job && message.change === 'ended')
})

it('tells queued, started, output and ended of a job, and its progress', async () => {
  const feed = await engine.connect(feedPath)
  const { job } = await engine.queue(savePicture(2))
  await until(feed, (message) => message.type === 'job' && message.change === 'ended')
  const changes = messages(feed).filter((message) => message.type === 'job' && message.job.id === job)
  expect(changes.map((message) => message.type === 'job' && [message.change, message.job.status])).toEqual([
    ['queued', 'queued'],
    ['started', 'running'],
    ['output', 'running'],
    ['ended', 'completed'],
  ])
  const last = changes.at(-1)!
  if (last.type !== 'job') throw new Error('not a job')
  expect(last.job.outputs).toHaveLength(1)
  expect(last.job.progress).toBeNull()
  expect(messages(feed).some((message) => message.type === 'progress' && message.job === job)).toBe(true)
})

it('sends previews with the job and node they belong to, and says what the runner does', async () => {
  const feed = await engine.connect(feedPath)
  const { job } = await engine.queue(upscaleForLong(1024, 7))
  const frame = await feed.untilFrame(() => true)
  const length = frame.readUInt32BE(0)
  const header = feedPreviewSchema.parse(JSON.parse(frame.toString('utf8', 4, 4 + length)))
  expect(header).toEqual({ job, node_id: '3', image_type: 'image/jpeg' })
  expect(frame.subarray(4 + length, 6 + length)).toEqual(Buffer.from([0xff, 0xd8]))
  await until(feed, (message) => message.type === 'runner' && message.state === 'busy')

  process.kill(await engine.runnerPid(), 'SIGKILL')
  const down = await until(feed, (message) => message.type === 'runner' && message.state === 'down')
  expect(down).toMatchObject({ detail: expect.stringMatching(/./) })
  await until(feed, (message) => message.type === 'job' && message.job.status === 'failed')
})
