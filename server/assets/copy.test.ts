import { readdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AssetListing, UploadResult } from '#contracts/assets'
import { findProjectRoot } from '#platform/project-root'
import { type AssetApp, startAssetApp } from './testing/asset-app.ts'

const png = await readFile(join(findProjectRoot(), 'studio-data/defaults/input/chelsea.png'))
const result = '20261122_101500_a1b2c3/final/final_00001.png'

let studio: AssetApp
beforeEach(async () => {
  studio = await startAssetApp({ now: () => new Date('2026-03-24T14:30:52Z') })
  await studio.write(`output/${result}`, png)
})
afterEach(() => studio.close())

const copy = async (...files: string[]) => {
  const answer = await studio.post('/assets/inputs/from-outputs', { files })
  expect(answer.status).toBe(200)
  return (await answer.json()) as UploadResult
}

describe('an output that is used as an input', () => {
  it('is copied byte for byte under a name of its own, and listed at once', async () => {
    const { uploaded, errors } = await copy(result)
    expect(errors).toEqual([])
    expect(uploaded).toEqual([expect.stringMatching(/^20260324_143052_[0-9a-f]{6}_final_00001\.png$/)])
    expect((await readFile(join(studio.roots.inputs, uploaded[0]!))).equals(png)).toBe(true)
    const listing = (await (await studio.get('/assets/inputs')).json()) as AssetListing
    expect(listing.files.map((file) => file.filename)).toEqual(uploaded)
    expect(studio.events).toContainEqual({ type: 'assets.uploaded', data: { files: uploaded } })
  })

  it('has to be a picture or video below the output root; the others are copied all the same', async () => {
    await studio.write('output/20261122_101500_a1b2c3/job.json', '{}')
    await studio.write('output/.hidden.png', png)
    await studio.write('outside.png', png)
    await symlink(join(studio.roots.outputs, result), join(studio.roots.outputs, 'link.png'))
    const refused = [
      '20261122_101500_a1b2c3/job.json',
      '20261122_101500_a1b2c3',
      '../outside.png',
      '.hidden.png',
      'link.png',
      'none.png',
    ]
    const { uploaded, errors } = await copy(...refused, result)
    expect(uploaded).toHaveLength(1)
    expect(errors).toEqual(refused.map((path) => expect.stringMatching(`^${path.replaceAll('.', '\\.')}: `)))
    expect(await readdir(studio.roots.inputs)).toEqual(uploaded)
  })

  it('is not copied when it does not fit, and leaves nothing behind', async () => {
    const full = await startAssetApp({ quota: png.length + 10 })
    await full.write(`output/${result}`, png)
    await full.indexes.outputs.refresh([result.split('/')[0]!])
    const answer = await full.post('/assets/inputs/from-outputs', { files: [result] })
    expect(answer.status).toBe(507)
    expect(await readdir(full.roots.inputs)).toEqual([])
    await full.close()
  })

  it('is asked for with a list of paths, nothing else', async () => {
    for (const body of [{ files: [] }, { files: [1] }, {}]) {
      expect((await studio.post('/assets/inputs/from-outputs', body)).status).toBe(422)
    }
  })
})
