import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createModelFolders } from '../environment/model-folders.ts'
import { type Catalogue, openCatalogue } from './catalogue.ts'

let root: string
let input: string
let catalogue: Catalogue

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'catalogue-'))
  input = join(root, 'input')
  const output = join(root, 'output')
  await Promise.all([mkdir(input), mkdir(output)])
  catalogue = openCatalogue({
    databasePath: join(root, 'assets.db'),
    directories: { input, output },
    folders: createModelFolders({ modelRoots: [root], customNodes: root }),
    now: Date.now,
    newId: () => crypto.randomUUID(),
  })
})
afterEach(async () => {
  await catalogue.close()
  await rm(root, { recursive: true })
})

/** Starts a scan and waits until it has come to the first file, and longer than it takes to look at it. */
async function scanFirst(path: string) {
  const scan = catalogue.scanner.start(['input'])
  await vi.waitFor(() => expect(catalogue.scanner.status().progress?.scanned).toBe(1), 20_000)
  for (let looks = 0; looks < 100; looks++) await stat(path)
  return { scan }
}

describe('a scan', () => {
  it('leaves a file that is being put somewhere to whoever registers it', async () => {
    const path = join(input, 'a.txt')
    const { scan, asset } = await catalogue.arriving(input, async () => {
      await writeFile(path, 'a')
      const { scan } = await scanFirst(path)
      return { scan, asset: await catalogue.register(path, { hash: null, jobId: null, tags: ['uploaded'] }) }
    })
    await scan
    expect(catalogue.scanner.status().progress).toMatchObject({ scanned: 1, created: 0 })
    expect(asset?.tags.toSorted()).toEqual(['input', 'uploaded'])
    expect(catalogue.store.require(asset!.number)).toEqual(asset)
  })

  it('takes such a file after all when nobody registered it', async () => {
    const path = join(input, 'a.txt')
    const { scan } = await catalogue.arriving(input, async () => {
      await writeFile(path, 'a')
      return scanFirst(path)
    })
    await scan
    expect(catalogue.scanner.status().progress).toMatchObject({ scanned: 1, created: 1 })
  })
})
