import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { StudioEvent } from '#contracts/events'
import type { Job, JobRecord } from '#contracts/jobs'
import type { OutputList, OutputSummary, Selection, TrashSelectionResult } from '#contracts/outputs'
import { outputListSchema } from '#contracts/outputs'
import type { Storage } from '#contracts/storage'
import { type StudioUnderTest, startStudioUnderTest, testKey } from '../test/studio-under-test.ts'
import { patience, until } from '../testing/until.ts'

let studio: StudioUnderTest
let output: string
beforeEach(async () => {
  studio = await startStudioUnderTest()
  output = join(studio.root, 'data/assets/output')
})
afterEach(() => studio.close())

const fox = '20260324_100000_aaaaaa'
const owl = '20260325_100000_bbbbbb'

async function write(path: string, size = 3, at = 1000) {
  await mkdir(dirname(join(output, path)), { recursive: true })
  await writeFile(join(output, path), Buffer.alloc(size, 1))
  await utimes(join(output, path), at, at)
}

async function writeJob(id: string, finished: number, more: Partial<JobRecord> = {}) {
  const record: JobRecord = {
    ...{ version: 1, id, prompt_id: id, status: 'completed', number: 1, client_id: null, retry_of: null, error: null },
    ...{ workflow: { id: 'portrait', name: 'Portrait' }, inputs: {}, seeds: {}, outputs: [], outputs_to_execute: [] },
    ...{ created_at: finished - 9, started_at: finished - 5, finished_at: finished, prompt: {}, extra_data: {} },
    history: null,
    ...more,
  }
  await mkdir(join(output, id), { recursive: true })
  await writeFile(join(output, id, 'job.json'), JSON.stringify(record))
}

async function ask(method: string, path: string, body?: unknown) {
  const answer = await studio.ask(method, `/api/admin${path}`, {
    headers: { 'x-api-key': testKey, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return answer
}
const list = async (query = '') => (await ask('GET', `/outputs${query}`)).json() as OutputList
const paths = ({ groups }: OutputList) =>
  groups.flatMap(({ files }) => files.map((file) => (file.subfolder ? `${file.subfolder}/` : '') + file.filename))
const mark = (selection: Selection, value: 'star' | 'reject' | null) =>
  ask('POST', '/selection/marks', { selection, mark: value })
const events = async (type: string) =>
  ((await ask('GET', `/events?limit=1000&types=${type}`)).json() as { events: StudioEvent[] }).events

/** Two jobs, a folder nobody has a record of, and a loose file; waits until all of them are listed. */
async function sampleOutputs() {
  await write(`${fox}/final/final_00001.png`, 10)
  await write(`${fox}/final/final_00002.png`, 20)
  await write(`${fox}/preview/preview_00001.png`, 1)
  await write(`${fox}/intermediate/intermediate_00001.mp4`, 100)
  await writeJob(fox, 2000, {
    inputs: { text: 'A red Fox in snow' },
    seeds: { seed: 987654 },
    prompt: { '4': { class_type: 'CheckpointLoader', inputs: { ckpt_name: 'dream_v8.safetensors', steps: 20 } } },
    outputs: [
      {
        ...{ filename: 'final_00001.png', subfolder: `${fox}/final`, kind: 'final', media: 'image', node_id: '9' },
        ...{ size: 10, crc32: 0, modified_ns: '0', width: 1024, height: 768, duration: null },
      },
    ],
  })
  await write(`${owl}/final/clip.mp4`, 50)
  await writeJob(owl, 3000, { status: 'failed', error: { ...noNode, type: 'Error', message: 'out of memory' } })
  await write('holiday/sea.jpg', 5, 1500)
  await write('loose.webp', 7, 500)
  await vi.waitFor(async () => {
    const { groups } = await list()
    expect(groups).toHaveLength(4)
    expect(groups.filter(({ status }) => status !== null)).toHaveLength(2)
  }, patience)
}
const noNode = { node_id: '7', node_type: 'KSampler' }

describe('the list of outputs', () => {
  beforeEach(sampleOutputs)

  it('shows a folder whose job nobody knows as interrupted, though the marker of a running job is there; it can go', async () => {
    const lost = '20260326_100000_cccccc'
    await write(`${lost}/final/final_00001.png`, 4, 4000)
    await write(`${lost}/.incomplete`, 0)
    await vi.waitFor(async () => {
      expect((await list()).groups[0]).toMatchObject({ folder: lost, status: 'interrupted', at: 4000 })
    }, patience)
    const { files, errors } = (
      await ask('POST', '/selection/trash', { selection: { query: { status: 'interrupted' } } })
    ).json() as TrashSelectionResult
    expect({ files, errors }).toEqual({ files: 1, errors: [] })
  })

  it('lets a person keep what an interrupted job wrote, for good: it lasts through the trash and back', async () => {
    const lost = '20260326_100000_cccccc'
    await write(`${lost}/final/final_00001.png`, 4, 4000)
    await write(`${lost}/intermediate/step.png`, 4, 4000)
    await write(`${lost}/.incomplete`, 0)
    await writeJob(lost, 4000, { status: 'interrupted' })
    const group = async () => (await list()).groups.find(({ folder }) => folder === lost)
    await vi.waitFor(async () => expect(await group()).toMatchObject({ record: true, status: 'interrupted' }), patience)
    const unfinished = async () =>
      ((await ask('GET', '/storage')).json() as Storage).suggestions.filter(({ id }) => id === 'unfinished')

    expect((await ask('POST', `/jobs/${lost}/keep`)).status).toBe(200)
    expect(await group()).toMatchObject({ status: 'interrupted', kept: true })
    expect((await ask('GET', `/jobs/${lost}`)).json()).toMatchObject({ status: 'interrupted', kept: true })
    expect(await readdir(join(output, lost))).not.toContain('.incomplete')
    expect(await unfinished()).toEqual([])
    // What this test wrote is told too, sooner or later.
    const told = await until(
      async () => (await events('assets.changed')).find(({ message }) => message.endsWith(' are kept')),
      'the event',
    )
    expect(told.data).toEqual({ type: 'outputs', folders: [lost] })

    const { ids } = (await ask('POST', '/selection/trash', { selection: { query: { q: lost } } })).json() as {
      ids: string[]
    }
    expect(await group()).toBeUndefined()
    await ask('POST', '/trash/restore', { ids })
    await vi.waitFor(async () => expect(await group()).toMatchObject({ kept: true }), patience)
    expect((await group())!.files).toHaveLength(2)
  })

  it('knows a folder with nothing but a marker for one without a record; kept, it is an ordinary folder', async () => {
    const lost = '20260326_100000_cccccc'
    await write(`${lost}/final/final_00001.png`, 4, 4000)
    await write(`${lost}/.incomplete`, 0)
    const group = async () => (await list()).groups.find(({ folder }) => folder === lost)
    await vi.waitFor(
      async () => expect(await group()).toMatchObject({ record: false, status: 'interrupted' }),
      patience,
    )
    expect((await ask('POST', `/jobs/${lost}/keep`)).status).toBe(200)
    expect(await group()).toMatchObject({ record: false, status: null })
    expect((await group())!.files).toHaveLength(1)

    const unlisted = '20260326_100000_dddddd'
    await write(`${unlisted}/.incomplete`, 0)
    expect((await ask('POST', `/jobs/${unlisted}/keep`)).status).toBe(200)
    expect(await readdir(join(output, unlisted))).toEqual(['.kept'])
  })

  it('keeps nothing of a job that may still write, as its record says, even one that nothing showed yet', async () => {
    const running = '20260326_100000_eeeeee'
    await write(`${running}/.incomplete`, 0)
    await writeJob(running, 4000, { status: 'running', finished_at: null })
    expect((await ask('POST', `/jobs/${running}/keep`)).status).toBe(409)
    expect(await readdir(join(output, running))).toContain('.incomplete')
  })

  it('keeps nothing of a job that was not interrupted, nor of one that is not there', async () => {
    expect((await ask('POST', `/jobs/${fox}/keep`)).status).toBe(409)
    expect((await ask('POST', '/jobs/holiday/keep')).status).toBe(409)
    for (const name of ['20260326_100000_dddddd', 'loose.webp', '.fixture']) {
      expect((await ask('POST', `/jobs/${name}/keep`)).status, name).toBe(404)
    }
  })

  it('groups files per job, newest first, finals before previews before intermediates', async () => {
    const answer = await list()
    expect(outputListSchema.parse(answer)).toEqual(answer)
    expect(paths(answer)).toEqual([
      `${owl}/final/clip.mp4`,
      `${fox}/final/final_00001.png`,
      `${fox}/final/final_00002.png`,
      `${fox}/preview/preview_00001.png`,
      `${fox}/intermediate/intermediate_00001.mp4`,
      'holiday/sea.jpg',
      'loose.webp',
    ])
    expect(answer.groups[0]).toMatchObject({
      ...{ folder: owl, title: 'Portrait', workflow: 'portrait', status: 'failed', at: 3000, seconds: 5 },
      error: { message: 'out of memory', node: 'KSampler' },
    })
    expect(answer.groups[1]!.files[0]).toMatchObject({ width: 1024, height: 768, kind: 'final', size: 10 })
    expect(answer.groups[2]).toMatchObject({ folder: 'holiday', title: null, status: null, at: 1500 })
    expect(answer.summary).toMatchObject({
      ...{ files: 7, bytes: 193, jobs: 4 },
      kinds: {
        final: { files: 5, bytes: 92 },
        preview: { files: 1, bytes: 1 },
        intermediate: { files: 1, bytes: 100 },
      },
      media: { image: { files: 5 }, video: { files: 2 } },
    })
  })

  it('finds every word of a search: in file name, job id, workflow, prompt, model name and seed, in any case', async () => {
    const folders = async (q: string) =>
      (await list(`?q=${encodeURIComponent(q)}`)).groups.map(({ folder, files }) => `${folder} ${files.length}`)
    expect(await folders('fox SNOW')).toEqual([`${fox} 4`])
    expect(await folders('fox lake')).toEqual([])
    expect(await folders('dream_v8')).toEqual([`${fox} 4`])
    expect(await folders('987654')).toEqual([`${fox} 4`])
    expect(await folders('bbbbbb')).toEqual([`${owl} 1`])
    expect(await folders('portrait clip')).toEqual([`${owl} 1`])
    expect(await folders('fox 00002')).toEqual([`${fox} 1`])
    expect(await folders('SEA.jpg')).toEqual(['holiday 1'])
  })

  it('narrows by kind, media, state and time, all at once', async () => {
    expect(paths(await list('?kind=preview,intermediate'))).toHaveLength(2)
    expect(paths(await list('?media=video'))).toEqual([
      `${owl}/final/clip.mp4`,
      `${fox}/intermediate/intermediate_00001.mp4`,
    ])
    expect(paths(await list('?status=failed'))).toEqual([`${owl}/final/clip.mp4`])
    expect(paths(await list('?from=1500&to=3000'))).toHaveLength(5)
    expect(paths(await list('?from=1500&to=3000&kind=final&media=image&q=fox'))).toHaveLength(2)
    expect((await ask('GET', '/outputs?kind=best')).json()).toEqual({
      detail: 'kind: “best” is not one of final, preview, intermediate',
    })
  })

  it('walks all files in pages that never split a job', async () => {
    const seen: string[] = []
    let cursor: string | null = ''
    let pages = 0
    while (cursor !== null) {
      const page: OutputList = await list(`?limit=2${cursor && `&cursor=${cursor}`}`)
      expect(page.summary.files).toBe(7)
      seen.push(...paths(page))
      cursor = page.next_cursor
      pages++
    }
    expect(seen).toEqual(paths(await list()))
    expect(pages).toBe(2)
  })

  it('answers 304 until something changes', async () => {
    const first = await ask('GET', '/outputs')
    const again = () =>
      studio.ask('GET', '/api/admin/outputs', {
        headers: { 'x-api-key': testKey, 'if-none-match': String(first.headers.etag) },
      })
    expect((await again()).status).toBe(304)
    await mark({ files: ['loose.webp'] }, 'star')
    expect((await again()).status).toBe(200)
  })
})

describe('marks', () => {
  beforeEach(sampleOutputs)
  const final = `${fox}/final/final_00001.png`

  it('are one per file, in the listing, in the job and in its folder', async () => {
    expect((await mark({ files: [final, 'loose.webp'] }, 'star')).json()).toEqual({ marked: 2, errors: [] })
    expect(paths(await list('?mark=star'))).toEqual([final, 'loose.webp'])
    expect(((await ask('GET', `/jobs/${fox}`)).json() as Job).outputs[0]!.mark).toBe('star')
    await mark({ files: [final] }, 'reject')
    expect(paths(await list('?mark=star'))).toEqual(['loose.webp'])
    expect(paths(await list('?mark=reject'))).toEqual([final])
    expect(paths(await list('?mark=none'))).toHaveLength(5)
    expect(JSON.parse(await readFile(join(output, fox, '.marks.json'), 'utf8'))).toEqual({
      'final/final_00001.png': 'reject',
    })
    await mark({ files: [final] }, null)
    expect(paths(await list('?mark=star,reject'))).toEqual(['loose.webp'])
  })

  it('are told to every listener, with the names while they are few', async () => {
    await mark({ files: [final] }, 'star')
    const told = { type: 'outputs', mark: 'star', count: 1, files: [final] }
    await vi.waitFor(
      async () => expect((await events('assets.marked')).map(({ data }) => data)).toEqual([told]),
      patience,
    )
  })

  it('survive the process and the loss of every database, and go to the trash and back with their job', async () => {
    await mark({ files: [final] }, 'star')
    const { ids } = (
      await ask('POST', '/selection/trash', { selection: { files: [fox] } })
    ).json() as TrashSelectionResult
    expect(ids).toHaveLength(1)
    expect(paths(await list('?mark=star'))).toEqual([])
    await ask('POST', '/trash/restore', { ids })
    expect(paths(await list('?mark=star'))).toEqual([final])
    await studio.stop()
    await rm(join(studio.root, 'data/database'), { recursive: true, force: true })
    const other = await startStudioUnderTest({ STUDIO_DIR: join(studio.root, 'data') })
    try {
      const answer = await other.ask('GET', '/api/admin/outputs?mark=star', { headers: { 'x-api-key': testKey } })
      expect(paths(answer.json() as OutputList)).toEqual([final])
    } finally {
      await other.close()
    }
  })

  it('set at the same time in one folder are all kept', async () => {
    const files = paths(await list('?q=fox'))
    await Promise.all(files.map((file, n) => mark({ files: [file] }, n % 2 ? 'star' : 'reject')))
    expect(paths(await list('?mark=star,reject'))).toEqual(files)
  })

  it('that somebody broke on disk are none, and setting one repairs the file', async () => {
    await writeFile(join(output, fox, '.marks.json'), '{"final/final_00001.png": "best"')
    await mark({ files: [`${fox}/final/final_00002.png`] }, 'star')
    expect(paths(await list('?mark=star'))).toEqual([`${fox}/final/final_00002.png`])
  })

  it('of files that are not there are refused one by one', async () => {
    const answer = await mark({ files: ['../../secrets/key', `${fox}/final/no.png`, `${fox}/job.json`, final] }, 'star')
    expect(answer.json()).toEqual({
      marked: 1,
      errors: ['../../secrets/key: not found', `${fox}/final/no.png: not found`, `${fox}/job.json: not found`],
    })
    expect((await ask('POST', '/selection/marks', { selection: { files: [final] }, mark: 'best' })).status).toBe(422)
  })
})

describe('a selection', () => {
  beforeEach(sampleOutputs)
  const summary = async (selection: Selection) =>
    (await ask('POST', '/selection/summary', { selection })).json() as OutputSummary

  it('by query is what the query finds now, without what was taken out', async () => {
    const query = { kind: 'final', q: 'portrait' }
    expect(await summary({ query, minus: [] })).toMatchObject({ files: 3, bytes: 80, jobs: 2 })
    expect(await summary({ query, minus: [`${owl}/final/clip.mp4`] })).toMatchObject({
      ...{ files: 2, bytes: 30, jobs: 1 },
      media: { image: { files: 2, bytes: 30 }, video: { files: 0, bytes: 0 } },
    })
    expect(await summary({ files: [fox, 'loose.webp', 'nothing'] })).toMatchObject({ files: 5, bytes: 138 })
  })

  it('is not both, and not neither', async () => {
    for (const selection of [{}, { query: {}, files: [] }, { minus: [] }]) {
      expect((await ask('POST', '/selection/summary', { selection })).status).toBe(422)
    }
  })

  it('goes to the trash, a whole job as one entry, and comes back by its ids', async () => {
    const trashed = async (selection: Selection) =>
      (await ask('POST', '/selection/trash', { selection })).json() as TrashSelectionResult
    const some = await trashed({ query: { q: 'fox', kind: 'intermediate,preview' }, minus: [] })
    expect(some).toMatchObject({ files: 2, bytes: 101, errors: [] })
    expect(some.ids).toHaveLength(2)
    const rest = await trashed({ query: { q: 'fox' }, minus: [] })
    expect(rest).toMatchObject({ files: 2, bytes: 30 })
    expect(rest.ids).toHaveLength(1)
    expect((await list('?q=fox')).groups).toEqual([])
    const told = { type: 'outputs', files: [fox] }
    await vi.waitFor(async () => expect((await events('assets.deleted')).at(-1)?.data).toEqual(told), patience)
    await ask('POST', '/trash/restore', { ids: [...rest.ids, ...some.ids] })
    await vi.waitFor(async () => expect(paths(await list('?q=fox'))).toHaveLength(4), patience)
  })

  it('leaves a folder in place that holds more than what was seen', async () => {
    await write('holiday/notes.txt')
    await vi.waitFor(async () => {
      await ask('POST', '/selection/trash', { selection: { files: ['holiday/sea.jpg'] } })
      expect(paths(await list('?q=sea'))).toEqual([])
    }, patience)
    expect(await readFile(join(output, 'holiday/notes.txt'))).toHaveLength(3)
  })

  it('is planned as a zip, of some kinds if wished', async () => {
    const plan = async (more: object) =>
      (
        await ask('POST', '/zip-plans', { type: 'outputs', selection: { query: { q: 'fox' }, minus: [] }, ...more })
      ).json() as { files: number; missing: string[] }
    expect(await plan({})).toMatchObject({ files: 4, missing: [] })
    expect(await plan({ kinds: ['final'] })).toMatchObject({ files: 2 })
    const named = await plan({ selection: { files: ['loose.webp', 'gone.png'] } })
    expect(named).toMatchObject({ files: 1, missing: ['gone.png'] })
  })
})
