/** Jobs and workflows against the real engine process: the same wire that the fake engine of the other tests speaks. */
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Job } from '#contracts/jobs'
import { findProjectRoot } from '#platform/project-root'
import { studioDirectory } from '#platform/studio-directory'
import { createEventLog, type EventLog } from '../events/event-log.ts'
import { type RealEngine, startRealEngine } from '../testing/real-engine.ts'
import { until } from '../testing/until.ts'
import { createJobs, type StudioJobs } from './create-jobs.ts'

const workflow = {
  name: 'Grey square',
  description: 'A small picture of one colour.',
  inputs: [
    {
      id: 'size',
      label: 'Size',
      type: 'int',
      default: 32,
      min: 1,
      max: 4096,
      targets: [{ node: '1', input: 'width' }],
    },
    { id: 'color', label: 'Colour', type: 'seed', targets: [{ node: '1', input: 'color' }] },
  ],
  outputs: [{ node: '2', kind: 'final' }],
  prompt: {
    '1': { class_type: 'EmptyImage', inputs: { width: 8, height: 8, batch_size: 1, color: 0 } },
    '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'x' } },
  },
}

let root: string
let engine: RealEngine
let killed: RealEngine | undefined
let log: EventLog
let jobs: StudioJobs

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'studio-real-'))
  const directory = studioDirectory(root, findProjectRoot())
  await mkdir(directory.workflows, { recursive: true })
  await cp(directory.defaults.input, directory.input, { recursive: true })
  await writeFile(join(directory.workflows, 'square.json'), JSON.stringify(workflow))
  engine = await startRealEngine(root)
  log = await createEventLog({ directory: join(root, 'events') })
  jobs = createJobs({ directory, engineUrl: () => engine.url, log, newSeed: () => 1234 })
  await until(() => jobs.engineState().runner === 'ready', 'the runner to be ready', 60_000)
})

afterAll(async () => {
  jobs?.close()
  await engine?.stop()
  for (const each of [engine, killed]) await each?.runnerEnded()
  await log?.settled()
  await rm(root, { recursive: true, force: true })
})

const ended = (id: string) =>
  until(
    () => {
      const job = jobs.view.find(id)
      return job && job.status !== 'queued' && job.status !== 'running' ? job : null
    },
    'the job to end',
    90_000,
  ) as Promise<Job>
const output = (job: Job) => join(root, 'assets', 'output', job.outputs[0]!.subfolder, job.outputs[0]!.filename)
const eventsOf = async (id: string) => {
  await log.settled()
  return log
    .read({ since: 0, limit: 1000 })
    .filter(({ line }) => line.includes(id))
    .map(({ type }) => type)
}

describe('with the real engine', () => {
  it('runs a workflow to its durable picture, and runs it again with the same seeds', async () => {
    const first = await ended((await jobs.service.create({ workflow: 'square', inputs: {} })).id)
    expect(first).toMatchObject({ status: 'completed', error: null, seeds: { color: 1234 } })
    expect(first.outputs).toMatchObject([{ filename: 'final_00001.png', kind: 'final', media: 'image', width: 32 }])
    expect((await stat(output(first))).size).toBe(first.outputs[0]!.size)
    const detail = await jobs.service.detail(first.id)
    expect(detail.prompt['1']).toMatchObject({ inputs: { width: 32, color: 1234 } })
    expect(detail.history?.status).toMatchObject({ status_str: 'success' })
    expect(await eventsOf(first.id)).toEqual(expect.arrayContaining(['job.queued', 'job.started', 'job.completed']))

    const again = await ended((await jobs.service.retry(first.id)).id)
    expect(again).toMatchObject({ status: 'completed', retry_of: first.id, seeds: first.seeds, inputs: first.inputs })
    expect(again.outputs[0]!.filename).toBe('final_00001.png')
    expect((await stat(output(again))).size).toBeGreaterThan(0)
  })

  it('says in words what the engine refuses', async () => {
    const file = { ...workflow, prompt: { ...workflow.prompt, '1': { class_type: 'EmptyImage', inputs: {} } } }
    const strict = { ...file, name: 'Strict', inputs: [{ ...workflow.inputs[0]!, max: 1_000_000 }] }
    await writeFile(join(root, 'workflows', 'strict.json'), JSON.stringify(strict))
    const refused = jobs.service.create({ workflow: 'strict', inputs: { size: 999_999 } })
    await expect(refused).rejects.toMatchObject({
      code: 'invalid_workflow',
      message: expect.stringMatching(/^(?=.*Size must be at most \d+\.)(?=.*EmptyImage: height is missing\.)/),
    })
  })

  it('has everything the shipped workflows need, but what they name a place to download it from', async () => {
    const { workflows, broken } = await jobs.workflows.list()
    expect(broken).toEqual([])
    const shipped = workflows.filter((each) => each.shipped)
    expect(shipped.length).toBeGreaterThan(0)
    for (const { id, missing, models } of shipped) {
      const apart = models.filter(({ url, sha256, size }) => url && sha256 && size)
      expect([id, missing]).toEqual([id, { models: apart.map(({ folder, file }) => `${folder}/${file}`), nodes: [] }])
    }
  })

  it('shows progress of a shipped workflow, cancels it and the one behind it', async () => {
    const inputs = { [await pictureInput('upscale-4x')]: 'astronaut.png' }
    const running = await jobs.service.create({ workflow: 'upscale-4x', inputs })
    const waiting = await jobs.service.create({ workflow: 'square', inputs: {} })
    await until(() => (jobs.view.find(running.id)?.progress?.value ?? 0) > 0, 'progress', 60_000)
    expect(jobs.view.live().map(({ id }) => id)).toEqual([running.id, waiting.id])
    const detail = await jobs.service.detail(waiting.id)
    expect(detail).toMatchObject({ status: 'queued', prompt: { '2': { class_type: 'SaveImage' } } })
    await jobs.service.cancel(waiting.id)
    expect(await ended(waiting.id)).toMatchObject({ status: 'cancelled' })
    await jobs.service.cancel(running.id)
    expect(await ended(running.id)).toMatchObject({ status: 'cancelled' })
    await expect(jobs.service.cancel(running.id)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('knows what became of a job whose engine was killed, and runs it again', async () => {
    const inputs = { [await pictureInput('upscale-4x')]: 'astronaut.png' }
    const victim = await jobs.service.create({ workflow: 'upscale-4x', inputs })
    const waiting = await jobs.service.create({ workflow: 'square', inputs: { size: 16 } })
    await until(() => jobs.view.find(victim.id)?.status === 'running', 'the job to start', 60_000)
    killed = engine
    await killed.stop('SIGKILL')
    await until(() => !jobs.engineState().connected, 'the feed to break')
    engine = await startRealEngine(root)
    expect(await ended(victim.id)).toMatchObject({ status: 'interrupted' })
    // What waited goes on by itself.
    expect(await ended(waiting.id)).toMatchObject({ status: 'completed' })
    expect((await eventsOf(victim.id)).at(-1)).toBe('job.interrupted')
    const record = JSON.parse(await readFile(join(root, 'assets', 'output', victim.id, 'job.json'), 'utf8'))
    expect(record.status).toBe('interrupted')
    const again = await jobs.service.retry(victim.id)
    expect(again).toMatchObject({ retry_of: victim.id, workflow: { id: 'upscale-4x' } })
    await jobs.service.cancel(again.id)
  })
})

async function pictureInput(id: string): Promise<string> {
  const { file } = await jobs.workflows.require(id)
  return file.inputs.find(({ type }) => type === 'image')!.id
}
