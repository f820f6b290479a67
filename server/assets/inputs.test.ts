import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AssetListing, InputUses } from '#contracts/assets'
import type { JobRecord } from '#contracts/jobs'
import type { TrashSelectionResult } from '#contracts/outputs'
import { type StudioUnderTest, startStudioUnderTest, testKey } from '../test/studio-under-test.ts'
import { until } from '../testing/until.ts'
import { type AssetApp, startAssetApp } from './testing/asset-app.ts'

describe('a selection of inputs', () => {
  let studio: AssetApp
  beforeEach(async () => {
    studio = await startAssetApp()
    for (const path of ['cat.png', 'pets/cat.mp4', 'pets/CAT 2.png', 'dog.png'])
      await studio.write(`input/${path}`, '12345')
    await studio.write('input/notes about a cat.txt', 'not listed')
  })
  afterEach(() => studio.close())

  const trash = async (selection: unknown) =>
    (await (await studio.post('/assets/inputs/trash', { selection })).json()) as TrashSelectionResult
  const listed = async (query = '') => {
    const { files } = (await (await studio.get(`/assets/inputs${query}`)).json()) as AssetListing
    return files.map(({ path }) => path).sort()
  }

  it('is what a query finds, without what was taken out; restoring its entries is the undo', async () => {
    const gone = await trash({ query: { q: 'cat', kind: 'image' }, minus: ['cat.png'] })
    expect(gone).toMatchObject({ files: 1, bytes: 5, errors: [] })
    expect(await listed()).toEqual(['cat.png', 'dog.png', 'pets/cat.mp4'])
    expect(studio.deeds.at(-1)).toEqual({
      type: 'assets.deleted',
      data: { files: ['pets/CAT 2.png'], type: 'inputs' },
    })
    await studio.post('/trash/restore', { ids: gone.ids })
    expect(await listed('?q=cat')).toEqual(['cat.png', 'pets/CAT 2.png', 'pets/cat.mp4'])
  })

  it('or is named, and what is not there is said', async () => {
    const files = ['dog.png', 'gone.png', '../output/x.png', 'notes about a cat.txt']
    expect(await trash({ files })).toMatchObject({
      files: 1,
      errors: ['gone.png: not found', '../output/x.png: not found', 'notes about a cat.txt: not found'],
    })
    expect(await listed()).toEqual(['cat.png', 'pets/CAT 2.png', 'pets/cat.mp4'])
  })
})

describe('the uses of an input', () => {
  let studio: StudioUnderTest
  beforeEach(async () => {
    studio = await startStudioUnderTest()
  })
  afterEach(() => studio.close())

  async function write(path: string, content: string) {
    const file = join(studio.root, 'data/assets', path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
  const job = (n: number, given: Pick<JobRecord, 'inputs' | 'workflow' | 'prompt'>) => {
    const id = `20260101_10000${n}_aaaaaa`
    const record = {
      ...{ version: 1, id, prompt_id: id, status: 'completed', number: n, seeds: {}, retry_of: null, client_id: null },
      ...{ created_at: 1, started_at: 1, finished_at: 2, outputs: [], error: null, extra_data: {}, history: null },
      ...{ outputs_to_execute: [], ...given },
    } satisfies JobRecord
    return write(`output/${id}/job.json`, JSON.stringify(record))
  }

  it('are jobs, each once: by the values of a form, and by the graph of another client', async () => {
    const workflow = { id: 'w', name: 'Portrait' }
    await job(1, { workflow, inputs: { image: 'cat.png', mask: 'cat.png' }, prompt: {} })
    await job(2, { workflow, inputs: { images: ['pets/dog.png', 'cat.png [input]'] }, prompt: {} })
    await job(3, { workflow, inputs: { image: 'cat.png [output]', text: 'a dog' }, prompt: {} })
    const load = { class_type: 'LoadImage', inputs: { image: 'cat.png' } }
    await job(4, { workflow: null, inputs: {}, prompt: { 1: load, 2: load } })
    for (const path of ['cat.png', 'pets/dog.png', 'new.png']) await write(`input/${path}`, 'x')

    const ask = async (path: string) =>
      (await studio.ask('GET', `/api/admin/assets/${path}`, { headers: { 'x-api-key': testKey } })).json()
    let answer: InputUses | undefined
    await until(async () => {
      // Whoever lists the outputs has them looked at.
      await ask('outputs')
      answer = (await ask('inputs/uses')) as InputUses
      return answer.complete && Object.keys(answer.uses).length === 2 && answer.uses['cat.png'] === 3
    }, 'the jobs to be read')
    expect(answer?.uses).toEqual({ 'cat.png': 3, 'pets/dog.png': 1 })
  })
})
