/** Jobs as a caller of the API sees them, over a real HTTP app, a real socket to an engine and real job folders. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Job, JobDetail, JobList } from '#contracts/jobs'
import { studioDirectory } from '#platform/studio-directory'
import { createEventLog, type EventLog } from '../events/event-log.ts'
import { everyoneIsSignedIn } from '../http/access.ts'
import { type App, createApp } from '../http/app.ts'
import { previewRoutes } from '../previews/routes.ts'
import { type FakeEngine, startFakeEngine } from '../testing/fake-engine.ts'
import { until } from '../testing/until.ts'
import { workflowRoutes } from '../workflows/routes.ts'
import { createJobs, type StudioJobs } from './create-jobs.ts'
import { jobRoutes } from './routes.ts'

const workflow = {
  name: 'Upscale twice',
  description: 'Makes a picture twice as large.',
  inputs: [
    { id: 'picture', label: 'Picture', type: 'image', targets: [{ node: '1', input: 'image' }] },
    {
      id: 'strength',
      label: 'Strength',
      type: 'int',
      default: 2,
      min: 0,
      max: 3,
      targets: [{ node: '2', input: 's' }],
    },
    { id: 'seed', label: 'Seed', type: 'seed', targets: [{ node: '2', input: 'seed' }] },
    { id: 'note', label: 'Note', type: 'text', targets: [{ node: '2', input: 'note' }] },
  ],
  outputs: [{ node: '3', kind: 'final' }],
  prompt: {
    '1': { class_type: 'LoadImage', inputs: { image: 'x.png' } },
    '2': { class_type: 'Upscale', inputs: { image: ['1', 0] }, _meta: { title: 'Enlarge' } },
    '3': { class_type: 'SaveImage', inputs: { images: ['2', 0] } },
  },
}

let root: string
let engine: FakeEngine
let log: EventLog
let jobs: StudioJobs
let app: App

const paths = () => studioDirectory(root, join(root, 'project'))

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'studio-jobs-'))
  for (const folder of [paths().input, paths().output, paths().workflows]) await mkdir(folder, { recursive: true })
  await writeFile(join(paths().workflows, 'upscale.json'), JSON.stringify(workflow))
  await writeFile(join(paths().input, 'cat.png'), 'picture')
  engine = await startFakeEngine({ outputRoot: paths().output, nodeClasses: ['LoadImage', 'Upscale', 'SaveImage'] })
  await open()
})

afterEach(async () => {
  await shut()
  await engine.stop()
  await rm(root, { recursive: true, force: true })
})

/** Starts a web process's worth of jobs over what is on disk. */
async function open() {
  log = await createEventLog({ directory: join(root, 'events') })
  jobs = createJobs({ directory: paths(), engineUrl: () => engine.url, log, newSeed: () => 42 })
  app = createApp({ authenticator: everyoneIsSignedIn })
  await app.register(jobRoutes(jobs), { prefix: '/api/admin' })
  await app.register(previewRoutes(jobs), { prefix: '/api/admin' })
  await app.register(workflowRoutes(jobs), { prefix: '/api/admin' })
}

async function shut() {
  jobs.close()
  await app.close()
  await jobs.view.settled()
  await log.settled()
}

const connected = () => until(() => jobs.engineState().connected, 'the feed to connect')
const get = async <T>(url: string) => (await app.inject(`/api/admin${url}`)).json() as T
const post = (url: string, body: object = {}) => app.inject({ method: 'POST', url: `/api/admin${url}`, payload: body })
const run = async (inputs: object = { picture: 'cat.png' }) =>
  (await post('/jobs', { workflow: 'upscale', inputs })).json() as Job
const hasStatus = (id: string, status: Job['status']) =>
  until(() => jobs.view.find(id)?.status === status, `job ${status}`)
const eventTypes = async () => {
  await log.settled()
  return log.read({ limit: 100 }).map(({ type }) => type)
}

describe('running a workflow', () => {
  it('answers 201 with the job, and posts the graph with the values written into it', async () => {
    await connected()
    const answer = await post('/jobs', { workflow: 'upscale', inputs: { picture: 'cat.png', strength: 3, note: 'hi' } })
    expect(answer.statusCode).toBe(201)
    const job = answer.json() as Job
    expect(answer.headers.location).toBe(`/api/admin/jobs/${job.id}`)
    expect(job).toMatchObject({
      status: 'queued',
      workflow: { id: 'upscale', name: 'Upscale twice' },
      inputs: { picture: 'cat.png', strength: 3, seed: 42, note: 'hi' },
      seeds: { seed: 42 },
    })
    expect(engine.prompts[0]).toEqual({
      prompt_id: job.prompt_id,
      prompt: {
        '1': { class_type: 'LoadImage', inputs: { image: 'cat.png' } },
        '2': {
          class_type: 'Upscale',
          inputs: { image: ['1', 0], s: 3, seed: 42, note: 'hi' },
          _meta: { title: 'Enlarge' },
        },
        '3': workflow.prompt['3'],
      },
      extra_data: {
        studio: {
          workflow: { id: 'upscale', name: 'Upscale twice' },
          inputs: { picture: 'cat.png', strength: 3, seed: 42, note: 'hi' },
          seeds: { seed: 42 },
          outputs: { '3': 'final' },
          retry_of: null,
          job: job.id,
        },
      },
    })
  })

  it('lists the job once, whether the answer or the feed was first', async () => {
    await connected()
    const job = await run()
    await hasStatus(job.id, 'queued')
    const list = await get<JobList>('/jobs')
    expect(list.jobs.map(({ id }) => id)).toEqual([job.id])
    expect(list.total).toBe(1)
  })

  it('passes "front" on', async () => {
    await post('/jobs', { workflow: 'upscale', inputs: { picture: 'cat.png' }, front: true })
    expect(engine.prompts[0]).toMatchObject({ front: true })
  })

  it.each([
    [{}, 'Picture is missing.'],
    [{ picture: 'dog.png' }, 'Picture names a file that is not there: “dog.png”.'],
    [{ picture: '../../secret.png' }, 'Picture names a file that is not there: “../../secret.png”.'],
    [{ picture: 'cat.txt' }, 'Picture must be a picture: “cat.txt” is none.'],
    [
      { picture: 'cat.png', strength: 9, color: 'red' },
      'The workflow has no input “color”. Strength must be from 0 to 3.',
    ],
    [{ picture: 'cat.png', seed: -2 }, 'Seed must be from 0 to 9007199254740991, or -1 for a new one each time.'],
  ])('refuses %j in words', async (inputs, detail) => {
    const answer = await post('/jobs', { workflow: 'upscale', inputs })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toEqual({ detail })
    expect(engine.prompts).toEqual([])
  })

  it('translates what the engine refuses, with the labels of the form', async () => {
    engine.refuseNext({
      error: {
        type: 'prompt_outputs_failed_validation',
        message: 'Prompt outputs failed validation',
        details: '',
        extra_info: {},
      },
      node_errors: {
        '2': {
          errors: [
            {
              type: 'value_bigger_than_max',
              message: 'Value 3 bigger than max of 1',
              details: 's',
              extra_info: { input_name: 's', input_config: ['INT', { max: 1 }], received_value: 3 },
            },
            {
              type: 'required_input_missing',
              message: 'Required input is missing',
              details: 'model',
              extra_info: { input_name: 'model' },
            },
          ],
          dependent_outputs: ['3'],
          class_type: 'Upscale',
        },
      },
    })
    const answer = await post('/jobs', { workflow: 'upscale', inputs: { picture: 'cat.png' } })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toEqual({ detail: 'Strength must be at most 1. Enlarge: model is missing.' })
  })

  it('answers 404 for an unknown workflow', async () => {
    expect((await post('/jobs', { workflow: 'nope', inputs: {} })).statusCode).toBe(404)
  })
})

describe('while the engine cannot be reached', () => {
  beforeEach(async () => {
    await connected()
    await engine.stop()
    await until(() => !jobs.engineState().connected, 'the feed to break')
  })

  it('takes a run, keeps it over a restart of the studio, and hands it over once when the engine is back', async () => {
    const answer = await post('/jobs', { workflow: 'upscale', inputs: { picture: 'cat.png' } })
    expect(answer.statusCode).toBe(201)
    const { id } = answer.json() as Job
    expect(await get<JobDetail>(`/jobs/${id}`)).toMatchObject({
      status: 'queued',
      prompt: { '1': { inputs: { image: 'cat.png' } } },
    })
    await shut()
    await open()
    await jobs.indexed
    expect((await get<JobList>('/jobs')).jobs.map((job) => job.id)).toEqual([id])
    await engine.restart()
    await until(() => engine.records.has(id), 'the engine to get it')
    engine.dropFeeds()
    await until(() => !jobs.engineState().connected, 'the feed to break')
    await connected()
    await engine.start(id)
    await engine.end(id, 'completed')
    await hasStatus(id, 'completed')
    expect(engine.prompts).toHaveLength(1)
  })

  it('cancels a run that waits for it, and the engine never gets it', async () => {
    const { id } = await run()
    expect((await post(`/jobs/${id}/cancel`)).json()).toMatchObject({ id, status: 'cancelled' })
    await engine.restart()
    await connected()
    const later = await run()
    expect([...engine.records.keys()]).toEqual([later.id])
    expect(await get<JobDetail>(`/jobs/${id}`)).toMatchObject({ status: 'cancelled' })
  })

  it('shows a run that the engine then refuses as failed, with the reason', async () => {
    const { id } = await run()
    engine.refuseNext({
      error: { type: 'prompt_no_outputs', message: '', details: '', extra_info: {} },
      node_errors: {},
    })
    await engine.restart()
    await hasStatus(id, 'failed')
    expect(jobs.view.find(id)!.error!.message).toBe('The workflow has no node that gives a result.')
    await shut()
    await open()
    await hasStatus(id, 'failed')
  })
})

describe('following a job', () => {
  it('goes from queued over running to completed, with its files, and logs each step once', async () => {
    await connected()
    const { id } = await run()
    await engine.start(id)
    await hasStatus(id, 'running')
    engine.progress(id, 0.5)
    await until(() => jobs.view.find(id)?.progress?.value === 0.5, 'progress')
    await engine.output(id)
    await engine.end(id, 'completed')
    await hasStatus(id, 'completed')
    const detail = await get<JobDetail>(`/jobs/${id}`)
    expect(detail).toMatchObject({ id, status: 'completed', version: 1, progress: null })
    expect(detail.outputs.map(({ filename }) => filename)).toEqual(['final_00001.png'])
    expect(detail.prompt['1']).toEqual({ class_type: 'LoadImage', inputs: { image: 'cat.png' } })
    expect(await eventTypes()).toEqual(['engine.up', 'job.queued', 'job.started', 'job.output', 'job.completed'])
  })

  it('shows the graph of a waiting job, which has no folder yet', async () => {
    await connected()
    const { id } = await run()
    expect(await get<JobDetail>(`/jobs/${id}`)).toMatchObject({
      status: 'queued',
      prompt: { '1': { inputs: { image: 'cat.png' } } },
      outputs_to_execute: ['1', '2', '3'],
    })
  })

  it('serves the newest preview frame while the job runs, and none afterwards', async () => {
    await connected()
    const { id } = await run()
    await engine.start(id)
    await hasStatus(id, 'running')
    expect((await app.inject(`/api/admin/jobs/${id}/preview`)).statusCode).toBe(204)
    engine.progress(id, 0.1)
    engine.preview(id, Buffer.from('frame one'))
    engine.preview(id, Buffer.from('frame two'))
    await until(() => jobs.previews.find(id)?.bytes.toString() === 'frame two', 'the second frame')
    const answer = await app.inject(`/api/admin/jobs/${id}/preview?n=2`)
    expect(answer.headers).toMatchObject({ 'content-type': 'image/jpeg', 'cache-control': 'no-store' })
    expect(answer.body).toBe('frame two')
    expect(jobs.progress.current(id)?.preview).toBe(`/api/admin/jobs/${id}/preview?n=2`)
    await engine.end(id, 'failed', { type: 'ValueError', message: 'bad', node_id: '2', node_type: 'Upscale' })
    await hasStatus(id, 'failed')
    // Not an error: a page may ask for a frame that was named just before the job ended.
    expect((await app.inject(`/api/admin/jobs/${id}/preview?n=2`)).statusCode).toBe(204)
    expect((await app.inject('/api/admin/jobs/20260324_143052_ffffff/preview')).statusCode).toBe(404)
    expect(jobs.progress.current(id)).toBeNull()
  })

  it('finds out how a job ended that ended while the feed was broken', async () => {
    await connected()
    const { id } = await run()
    await engine.start(id)
    await hasStatus(id, 'running')
    await engine.stop()
    await until(() => !jobs.engineState().connected, 'the feed to break')
    expect(jobs.view.find(id)?.status).toBe('running')
    await engine.end(id, 'interrupted')
    const foreign = await engine.accept()
    await engine.start(foreign.id)
    await engine.end(foreign.id, 'completed')
    await engine.restart()
    await hasStatus(id, 'interrupted')
    await hasStatus(foreign.id, 'completed')
    expect((await eventTypes()).slice(-4)).toEqual(
      expect.arrayContaining(['engine.down', 'engine.up', 'job.interrupted', 'job.completed']),
    )
  })

  it('says that the engine is down when its runner is', async () => {
    await connected()
    engine.runner('down', 'out of memory')
    await until(() => jobs.engineState().runner === 'down', 'runner down')
    engine.runner('ready')
    await until(() => jobs.engineState().runner === 'ready', 'runner ready')
    expect(await eventTypes()).toEqual(['engine.up', 'engine.down', 'engine.up'])
  })

  it('lives with feed frames it does not understand', async () => {
    await connected()
    engine.sendRaw('{"type":"from the future"}')
    engine.sendRaw('not json')
    engine.sendRaw(Buffer.from([0, 0]))
    engine.sendRaw(Buffer.from([255, 255, 255, 255, 1]))
    const { id } = await run()
    await hasStatus(id, 'queued')
    expect(jobs.engineState().connected).toBe(true)
  })
})

describe('cancelling and running again', () => {
  it('cancels a waiting job and answers with its end', async () => {
    await connected()
    const { id } = await run()
    const answer = await post(`/jobs/${id}/cancel`)
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({ id, status: 'cancelled' })
    const again = await post(`/jobs/${id}/cancel`)
    expect(again.statusCode).toBe(409)
    expect(again.json()).toEqual({ detail: 'The job has already ended: it is cancelled' })
  })

  it('runs an ended job again with the same graph and seeds', async () => {
    await connected()
    const first = await run()
    expect((await post(`/jobs/${first.id}/retry`)).statusCode).toBe(409)
    await engine.start(first.id)
    await engine.end(first.id, 'failed')
    await hasStatus(first.id, 'failed')
    const answer = await post(`/jobs/${first.id}/retry`)
    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toMatchObject({ status: 'queued', retry_of: first.id, seeds: { seed: 42 } })
    expect(engine.prompts[1]!.prompt).toEqual(engine.prompts[0]!.prompt)
    expect(engine.prompts[1]!.extra_data).toMatchObject({
      studio: { retry_of: first.id, outputs: { '3': 'final' }, seeds: { seed: 42 } },
    })
    expect(engine.prompts[1]!.extra_data).not.toHaveProperty('create_time')
  })

  it('answers 404 for jobs nobody knows', async () => {
    for (const path of ['/cancel', '/retry']) expect((await post(`/jobs/../x${path}`)).statusCode).toBe(404)
    expect((await post('/jobs/20260101_000000_abcdef/cancel')).statusCode).toBe(404)
    expect((await app.inject('/api/admin/jobs/20260101_000000_abcdef')).statusCode).toBe(404)
  })
})

describe('what is on disk', () => {
  it('is listed without an engine, and again after a restart, without repeating events', async () => {
    await connected()
    const { id } = await run()
    await engine.start(id)
    await engine.end(id, 'completed')
    await hasStatus(id, 'completed')
    const waiting = await run()
    await hasStatus(waiting.id, 'queued')
    await shut()
    const before = log.read({ limit: 100 }).length
    await open()
    await connected()
    await jobs.indexed
    expect((await get<JobList>('/jobs')).jobs.map((job) => [job.id, job.status])).toEqual([
      [waiting.id, 'queued'],
      [id, 'completed'],
    ])
    expect((await eventTypes()).slice(before)).toEqual(['engine.up'])
    await shut()
    await engine.stop()
    await open()
    await jobs.indexed
    expect((await get<JobList>('/jobs')).jobs.map((job) => job.id)).toEqual([id])
    await engine.restart()
  })

  it('tells of a job that ended while the web process was away', async () => {
    await connected()
    const { id } = await run()
    await engine.start(id)
    await hasStatus(id, 'running')
    await shut()
    await engine.end(id, 'completed')
    await open()
    await jobs.indexed
    await until(async () => (await eventTypes()).includes('job.completed'), 'the event')
  })

  it('forgets a job whose folder was deleted and knows it again when it is restored', async () => {
    await connected()
    const { id } = await run()
    await engine.start(id)
    await engine.end(id, 'completed')
    await hasStatus(id, 'completed')
    await jobs.view.settled()
    log.append('assets.deleted', 'info', 'deleted', { type: 'outputs', files: [`${id}/`] })
    expect(jobs.view.find(id)).toBeNull()
    engine.sendRaw(JSON.stringify({ type: 'job', job: { ...engine.records.get(id), progress: null }, change: 'ended' }))
    // The feed is in order: when a later message was heard, so was that one.
    const later = await run()
    await engine.start(later.id)
    await hasStatus(later.id, 'running')
    await jobs.view.rescan()
    expect(jobs.view.find(id)).toBeNull()
    log.append('assets.restored', 'info', 'restored', { type: 'outputs', files: [id] })
    await jobs.view.settled()
    expect(jobs.view.find(id)?.status).toBe('completed')
    await rm(join(paths().output, id), { recursive: true })
    log.append('assets.changed', 'info', 'changed', { type: 'outputs', folders: [id] })
    await jobs.view.settled()
    expect(jobs.view.find(id)).toBeNull()
  })

  it('leaves damaged records out', async () => {
    const folder = join(paths().output, '20260101_000000_abcdef')
    await mkdir(folder)
    await writeFile(join(folder, 'job.json'), '{"version": 1, ')
    await jobs.view.rescan()
    expect((await get<JobList>('/jobs')).total).toBe(0)
  })
})

describe('workflows', () => {
  it('says what keeps a workflow from running and which files cannot be used, without a restart', async () => {
    await writeFile(join(paths().workflows, 'broken.json'), '{"1": {"class_type": "LoadImage", "inputs": {}}}')
    const needy = { ...workflow, name: 'Needy', models: [{ folder: 'upscale_models', file: 'big.param' }] }
    needy.prompt = { ...workflow.prompt, '2': { ...workflow.prompt['2'], class_type: 'Magic' } }
    await writeFile(join(paths().workflows, 'needy.json'), JSON.stringify(needy))
    const list = await get<{ workflows: object[]; broken: { file: string; reason: string }[] }>('/workflows')
    expect(list.workflows).toMatchObject([
      { id: 'needy', ready: false, missing: { models: ['upscale_models/big.param'], nodes: ['Magic'] } },
      { id: 'upscale', ready: true, missing: { models: [], nodes: [] }, shipped: false },
    ])
    expect(list.broken).toEqual([{ file: 'broken.json', reason: expect.stringContaining('bare graph') }])
    const refused = await post('/jobs', { workflow: 'broken', inputs: {} })
    expect(refused.statusCode).toBe(400)
    await writeFile(join(paths().workflows, 'broken.json'), JSON.stringify({ ...workflow, name: 'Mended' }))
    expect(await get('/workflows/broken')).toMatchObject({ name: 'Mended', prompt: workflow.prompt })
  })
})
