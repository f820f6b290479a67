/** The queue as a caller of the API sees it, over a real HTTP app and a real socket to an engine. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CancelledJobs, Job, Queue } from '#contracts/jobs'
import { studioDirectory } from '#platform/studio-directory'
import { createEventLog, type EventLog } from '../events/event-log.ts'
import { everyoneIsSignedIn } from '../http/access.ts'
import { type App, createApp } from '../http/app.ts'
import { type FakeEngine, startFakeEngine } from '../testing/fake-engine.ts'
import { until } from '../testing/until.ts'
import { createJobs, type StudioJobs } from './create-jobs.ts'
import { queueRoutes } from './queue-routes.ts'
import { jobRoutes } from './routes.ts'

const workflow = {
  name: 'Noise',
  description: 'A picture of noise.',
  inputs: [{ id: 'seed', label: 'Seed', type: 'seed', targets: [{ node: '1', input: 'value' }] }],
  outputs: [{ node: '2', kind: 'final' }],
  prompt: {
    '1': { class_type: 'Noise', inputs: {} },
    '2': { class_type: 'SaveImage', inputs: { images: ['1', 0] } },
  },
}

let root: string
let engine: FakeEngine
let log: EventLog
let jobs: StudioJobs
let app: App
let seconds: number
let seed: number

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'studio-queue-'))
  const paths = studioDirectory(root, join(root, 'project'))
  for (const folder of [paths.output, paths.workflows]) await mkdir(folder, { recursive: true })
  await writeFile(join(paths.workflows, 'noise.json'), JSON.stringify(workflow))
  engine = await startFakeEngine({ outputRoot: paths.output, nodeClasses: ['Noise', 'SaveImage'] })
  log = await createEventLog({ directory: join(root, 'events') })
  seconds = Date.now() / 1000
  seed = 0
  jobs = createJobs({
    directory: paths,
    engineUrl: () => engine.url,
    log,
    newSeed: () => ++seed,
    now: () => seconds * 1000,
  })
  app = createApp({ authenticator: everyoneIsSignedIn })
  await app.register(jobRoutes(jobs), { prefix: '/api/admin' })
  await app.register(queueRoutes(jobs), { prefix: '/api/admin' })
  await until(() => jobs.engineState().connected, 'the feed to connect')
})
afterEach(async () => {
  jobs.close()
  await app.close()
  await jobs.view.settled()
  await log.settled()
  await engine.stop()
  await rm(root, { recursive: true, force: true })
})

const post = (url: string, payload?: object) =>
  app.inject({ method: 'POST', url: `/api/admin${url}`, ...(payload ? { payload } : {}) })
const run = async () => (await post('/jobs', { workflow: 'noise' })).json() as Job
const read = async () => (await app.inject('/api/admin/queue')).json() as Queue
const ids = (queue: Queue) => queue.jobs.map(({ id }) => id)
const is = (id: string, status: Job['status']) => until(() => jobs.view.find(id)?.status === status, status)

/** One running, then waiting ones. */
async function busy(waiting: number): Promise<string[]> {
  const all: string[] = []
  for (let count = 0; count <= waiting; count++) all.push((await run()).id)
  await engine.start(all[0]!)
  await is(all[0]!, 'running')
  return all
}

describe('the order of the queue', () => {
  it('changes by moves to the front, before and behind another, and every watcher hears it', async () => {
    const [running, a, b, c] = await busy(3)
    expect(ids((await post(`/jobs/${c}/move`, { front: true })).json())).toEqual([running, c, a, b])
    expect(ids((await post(`/jobs/${a}/move`, { after: b })).json())).toEqual([running, c, b, a])
    const answer = (await post(`/jobs/${a}/move`, { before: c })).json() as Queue
    expect(ids(answer)).toEqual([running, a, c, b])
    expect(answer.jobs.map(({ position }) => position)).toEqual([0, 1, 2, 3])
    await log.settled()
    const moved = log.read({ limit: 100 }).filter(({ type }) => type === 'job.moved')
    expect(moved).toHaveLength(3)
  })

  it('does not move what runs, what is unknown, or to nowhere', async () => {
    const [running, a] = await busy(1)
    const refused = await post(`/jobs/${running}/move`, { front: true })
    expect(refused.statusCode).toBe(409)
    expect(refused.json().detail).toBe('The job does not wait any more: only waiting jobs can be moved')
    expect((await post(`/jobs/${a}/move`, { after: running })).json().detail).toMatch(/^The job beside it/)
    expect((await post('/jobs/20260101_000000_abcdef/move', { front: true })).statusCode).toBe(404)
    for (const body of [{}, { front: false }, { before: '../x' }, { before: a, after: a }]) {
      expect((await post(`/jobs/${a}/move`, body)).statusCode).toBe(422)
    }
  })
})

describe('a pause', () => {
  it('is answered, heard by every watcher, and leaves no start to expect', async () => {
    await busy(1)
    expect((await post('/queue/pause')).json()).toMatchObject({ paused: true, idle_in: null })
    await until(() => jobs.engineState().paused, 'the feed to say so')
    expect((await read()).jobs.map(({ starts_in }) => starts_in)).toEqual([null, null])
    expect((await post('/queue/resume')).json()).toMatchObject({ paused: false })
    await until(() => !jobs.engineState().paused, 'the feed to say so')
    await log.settled()
    const types = log.read({ limit: 100 }).map(({ type }) => type)
    expect(types.filter((type) => type.startsWith('queue.'))).toEqual(['queue.paused', 'queue.resumed'])
  })
})

describe('when a job starts', () => {
  it('is the sum of what runs and what is before it, by the median of the last five runs', async () => {
    for (const took of [900, 10, 30, 20, 40, 50]) {
      const { id } = await run()
      await engine.start(id)
      await engine.end(id, 'completed')
      await is(id, 'completed')
      const ended = jobs.view.find(id)!
      // The fake engine ends at once; how long it took is what this test is about.
      jobs.view.ended.put({ ...ended, started_at: ended.finished_at! - took })
    }
    await busy(2)
    seconds = jobs.view.live()[0]!.started_at! + 5
    const queue = await read()
    expect(queue.jobs.map(({ takes }) => takes)).toEqual([30, 30, 30])
    expect(queue.jobs.map(({ starts_in }) => starts_in)).toEqual([null, 25, 55])
    expect(queue.idle_in).toBe(85)
  })

  it('is not guessed behind a job that never ran before', async () => {
    await busy(2)
    expect((await read()).jobs.map(({ starts_in }) => starts_in)).toEqual([null, null, null])
  })
})

describe('cancelling several', () => {
  it('ends those named and says which it could not', async () => {
    const [running, a, b, c] = await busy(3)
    const gone = (await post('/jobs/cancel', { jobs: [b] })).json() as CancelledJobs
    expect(gone).toEqual({ cancelled: [b], errors: [] })
    const answer = (await post('/jobs/cancel', { jobs: [a, b, '20260101_000000_abcdef'] })).json() as CancelledJobs
    expect(answer.cancelled).toEqual([a])
    expect(answer.errors).toEqual([
      { job: b, detail: 'It has already ended: it is cancelled' },
      { job: '20260101_000000_abcdef', detail: 'There is no such job' },
    ])
    expect(ids(await read())).toEqual([running, c])
  })

  it('ends all that wait and leaves the running one alone, or ends that too', async () => {
    const [running, a, b] = await busy(2)
    const waiting = await post('/jobs/cancel', { all: true, except_running: true })
    expect(waiting.json()).toEqual({ cancelled: [a, b], errors: [] })
    expect(jobs.view.find(running!)?.status).toBe('running')
    expect((await post('/jobs/cancel', { all: true })).json()).toEqual({ cancelled: [running], errors: [] })
    expect((await post('/jobs/cancel', { all: true })).json()).toEqual({ cancelled: [], errors: [] })
  })

  it.each([[{}], [{ all: false }], [{ jobs: [] }], [{ jobs: ['../../etc'] }]])('refuses %j', async (body) => {
    expect((await post('/jobs/cancel', body)).statusCode).toBe(422)
  })
})

describe('running again', () => {
  it('keeps the seeds, or draws new ones where the form puts them', async () => {
    const { id } = await run()
    await engine.start(id)
    await engine.end(id, 'failed')
    await is(id, 'failed')
    expect((await post(`/jobs/${id}/retry`)).json()).toMatchObject({ seeds: { seed: 1 }, retry_of: id })
    expect((await post(`/jobs/${id}/retry`, { seed: 'new' })).json()).toMatchObject({
      seeds: { seed: 2 },
      inputs: { seed: 2 },
    })
    const values = engine.prompts.map(({ prompt }) => (prompt as typeof workflow.prompt)['1'].inputs)
    expect(values).toEqual([{ value: 1 }, { value: 1 }, { value: 2 }])
  })

  it('draws the literal seeds of a graph without a form, and says when there is none', async () => {
    const seeded = await engine.accept({
      prompt: { k: { class_type: 'KSampler', inputs: { seed: 7, noise_seed: ['k', 0] } } },
    })
    const plain = await engine.accept({ prompt: { k: { class_type: 'Noise', inputs: { value: 7 } } } })
    for (const { id } of [seeded, plain]) {
      await engine.start(id)
      await engine.end(id, 'completed')
      await is(id, 'completed')
    }
    expect((await post(`/jobs/${seeded.id}/retry`, { seed: 'new' })).statusCode).toBe(201)
    expect(engine.prompts.at(-1)!.prompt).toEqual({
      k: { class_type: 'KSampler', inputs: { seed: 1, noise_seed: ['k', 0] } },
    })
    const refused = await post(`/jobs/${plain.id}/retry`, { seed: 'new' })
    expect(refused.statusCode).toBe(400)
    expect(refused.json().detail).toBe('This run has no seed that could be another one')
  })
})
