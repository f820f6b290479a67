import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readSystemMemory } from './system-memory.ts'

let group: string
beforeEach(async () => {
  group = await mkdtemp(join(tmpdir(), 'control-group-'))
})
afterEach(() => rm(group, { recursive: true }))

async function save(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(group, name), text)
}

const mebibyte = 1024 * 1024

it('is the machine’s where nothing bounds it', async () => {
  await save({ 'memory.max': 'max\n', 'memory.current': '1000\n' })
  const { total, free } = await readSystemMemory(group)
  expect(total).toBe(totalmem())
  expect(free).toBeGreaterThan(0)
  expect(free).toBeLessThanOrEqual(total)
  expect((await readSystemMemory(join(group, 'none'))).total).toBe(totalmem())
})

it('is the container’s where it is bounded, and pages of files are free: mapped weights are', async () => {
  await save({
    'memory.max': `${100 * mebibyte}\n`,
    'memory.current': `${90 * mebibyte}\n`,
    'memory.stat': `anon ${20 * mebibyte}\nfile ${70 * mebibyte}\nshmem ${10 * mebibyte}\nfile_dirty ${5 * mebibyte}\n`,
  })
  expect(await readSystemMemory(group)).toEqual({ total: 100 * mebibyte, free: 65 * mebibyte })
})

it('knows the older control groups too', async () => {
  const memory = join(group, 'memory')
  await mkdir(memory)
  await writeFile(join(memory, 'memory.limit_in_bytes'), `${64 * mebibyte}\n`)
  await writeFile(join(memory, 'memory.usage_in_bytes'), `${80 * mebibyte}\n`)
  await writeFile(join(memory, 'memory.stat'), `cache 1\ntotal_cache ${10 * mebibyte}\ntotal_shmem 0\n`)
  expect(await readSystemMemory(group)).toEqual({ total: 64 * mebibyte, free: 0 })
})
