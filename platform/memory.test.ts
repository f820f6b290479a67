import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readMemory } from './memory.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'control-group-'))
})
afterEach(() => rm(root, { recursive: true }))

/** Reads with these files below the mount point; `own` is what `/proc/self/cgroup` says. */
async function read(files: Record<string, string>, own = '0::/\n') {
  for (const [name, text] of Object.entries({ ...files, own })) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), text)
  }
  return readMemory({ root, own: join(root, 'own') })
}

const mebibyte = 1024 * 1024

it('is the machine’s where nothing bounds it', async () => {
  const { total, free } = await read({ 'memory.max': 'max\n', 'memory.current': '1000\n' })
  expect(total).toBe(totalmem())
  expect(free).toBeGreaterThan(0)
  expect(free).toBeLessThanOrEqual(total)
  expect((await readMemory({ root: join(root, 'none'), own: join(root, 'none') })).total).toBe(totalmem())
})

it('is the container’s where it is bounded, and pages of files are free: mapped weights are', async () => {
  const memory = await read({
    'memory.max': `${100 * mebibyte}\n`,
    'memory.current': `${90 * mebibyte}\n`,
    'memory.stat': `anon ${20 * mebibyte}\nfile ${70 * mebibyte}\nshmem ${10 * mebibyte}\nfile_dirty ${5 * mebibyte}\n`,
  })
  expect(memory).toEqual({ total: 100 * mebibyte, free: 65 * mebibyte })
})

it('knows the older control groups too', async () => {
  const memory = await read(
    {
      'memory/memory.limit_in_bytes': `${64 * mebibyte}\n`,
      'memory/memory.usage_in_bytes': `${80 * mebibyte}\n`,
      'memory/memory.stat': `cache 1\ntotal_cache ${10 * mebibyte}\ntotal_shmem 0\n`,
    },
    '3:cpuset:/\n4:memory:/\n',
  )
  expect(memory).toEqual({ total: 64 * mebibyte, free: 0 })
})

it('has no bound where the older control groups name a number beyond every machine', async () => {
  const memory = await read({
    'memory/memory.limit_in_bytes': '9223372036854771712\n',
    'memory/memory.usage_in_bytes': '1\n',
  })
  expect(memory.total).toBe(totalmem())
})

it('is bounded by each group it stands in, however deep: a service, or the slice around it', async () => {
  const memory = await read(
    {
      'pods.slice/memory.max': `${100 * mebibyte}\n`,
      'pods.slice/memory.current': `${90 * mebibyte}\n`,
      'pods.slice/studio.service/memory.max': `${60 * mebibyte}\n`,
      'pods.slice/studio.service/memory.current': `${30 * mebibyte}\n`,
    },
    '0::/pods.slice/studio.service\n',
  )
  expect(memory).toEqual({ total: 60 * mebibyte, free: 10 * mebibyte })
})

it('is the container’s also where its group is named as the machine sees it', async () => {
  const memory = await read(
    {
      'memory/memory.limit_in_bytes': `${64 * mebibyte}\n`,
      'memory/memory.usage_in_bytes': `${14 * mebibyte}\n`,
    },
    '4:hugetlb,memory:/docker/0123abcd\n',
  )
  expect(memory).toEqual({ total: 64 * mebibyte, free: 50 * mebibyte })
})
