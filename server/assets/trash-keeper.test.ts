import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createTrash, type Trash } from './trash.ts'
import { createTrashKeeper, type TrashKeeper } from './trash-keeper.ts'

const day = 86_400_000
let directory: string
let trash: Trash
let keeper: TrashKeeper | undefined
const clock = { now: 1_700_000_000_000 }
const told: { reason: unknown; bytes: unknown }[] = []
const roots = () => ({ inputs: join(directory, 'in'), outputs: join(directory, 'out') })
const open = () => createTrash({ directory: join(directory, 'trash'), roots: roots(), now: () => new Date(clock.now) })

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'studio-keeper-'))
  clock.now = 1_700_000_000_000
  told.length = 0
  trash = open()
})
afterEach(async () => {
  keeper?.close()
  await rm(directory, { recursive: true, force: true })
})

async function discard(job: string, bytes: number): Promise<void> {
  await mkdir(join(directory, 'out', job, 'final'), { recursive: true })
  await writeFile(join(directory, 'out', job, 'job.json'), '{}')
  await writeFile(join(directory, 'out', job, 'final', 'a.png'), Buffer.alloc(bytes))
  await trash.put('outputs', [job], await stat(join(directory, 'out', job)))
}
const watch = (isFull: () => boolean = () => false) => {
  keeper = createTrashKeeper({
    ...{ trash, days: () => 7, now: () => clock.now, isDiskFull: async () => isFull() },
    events: { append: (_type, _severity, _message, data) => void told.push(data as never) as never },
    onTrouble: (error) => {
      throw error
    },
  })
  return keeper
}

it('deletes files after the days, keeps the settings of a job for thirty, then nothing', async () => {
  await discard('job', 1000)
  const { look } = watch()
  clock.now += 6.9 * day
  await look()
  expect(trash.bytes).toBe(1002)
  clock.now += 0.2 * day
  await look()
  const [entry] = trash.list()
  expect(entry).toMatchObject({ path: 'job', size: 2, files_gone: true })
  expect(await readdir(join(directory, 'trash', entry!.id, 'item'))).toEqual(['job.json'])
  expect(told).toMatchObject([{ reason: 'age', deletions: 1, bytes: 1002 }])

  // Also after a restart it is known, and what a crash left of the files goes.
  await writeFile(join(directory, 'trash', entry!.id, 'item', 'left.png'), 'x')
  trash = open()
  await trash.ready
  expect(existsSync(join(directory, 'trash', entry!.id, 'item', 'left.png'))).toBe(false)
  keeper!.close()
  clock.now += 24 * day
  await watch().look()
  expect(trash.list()).toEqual([])
  expect(told).toMatchObject([{ deletions: 1 }, { deletions: 0, bytes: 2 }])
})

it('gives the settings of an emptied job back', async () => {
  await discard('job', 10)
  const { id } = trash.list()[0]!
  await trash.keepSettings([id])
  expect((await trash.restore([id])).errors).toEqual([])
  expect(await readdir(join(directory, 'out', 'job'))).toEqual(['job.json'])
})

it('makes room on a full disk, oldest first and no more than needed', async () => {
  for (const job of ['first', 'second', 'third']) {
    await discard(job, 1000)
    clock.now += 1000
  }
  await watch(() => trash.bytes > 1500).look()
  expect(trash.list().map(({ path, files_gone }) => [path, files_gone === true])).toEqual([
    ['third', false],
    ['second', true],
    ['first', true],
  ])
  expect(told).toMatchObject([{ reason: 'space', deletions: 2, bytes: 2004 }])
})
