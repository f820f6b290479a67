import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findProjectRoot } from '#platform/project-root'
import { type StudioDirectory, studioDirectory } from '#platform/studio-directory'
import { copySamplesOnFirstStart } from './first-start.ts'

let root: string
let directory: StudioDirectory
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'studio-first-'))
  directory = studioDirectory(join(root, 'data'), findProjectRoot())
})
afterEach(() => rm(root, { recursive: true, force: true }))

describe('the first start', () => {
  it('brings the samples whole, and leaves nothing else', async () => {
    await copySamplesOnFirstStart(directory)
    const samples = (await readdir(directory.defaults.input)).filter((name) => name !== 'CREDITS.md')
    expect(samples.length).toBeGreaterThan(0)
    expect(await readdir(directory.input)).toEqual(samples)
    for (const name of samples) {
      expect(await readFile(join(directory.input, name))).toEqual(await readFile(join(directory.defaults.input, name)))
    }
    expect(await readdir(directory.root)).toEqual(['assets'])
  })

  it('is only once: whoever deletes the samples is not given them again', async () => {
    await copySamplesOnFirstStart(directory)
    await rm(directory.input, { recursive: true })
    await copySamplesOnFirstStart(directory)
    expect(await readdir(join(directory.root, 'assets'))).toEqual([])
  })

  it('leaves assets alone that are already there', async () => {
    await mkdir(directory.input, { recursive: true })
    await writeFile(join(directory.input, 'mine.png'), 'mine')
    await copySamplesOnFirstStart(directory)
    expect(await readdir(directory.input)).toEqual(['mine.png'])
  })

  it('works in the default directory, where what ships already lies', async () => {
    await mkdir(join(directory.root, 'defaults'), { recursive: true })
    await copySamplesOnFirstStart(directory)
    expect((await readdir(directory.input)).length).toBeGreaterThan(0)
  })

  it('makes empty assets when nothing ships', async () => {
    await cp(join(findProjectRoot(), 'package.json'), join(root, 'package.json'))
    directory = studioDirectory(join(root, 'data'), root)
    await copySamplesOnFirstStart(directory)
    expect(await readdir(directory.input)).toEqual([])
  })
})
