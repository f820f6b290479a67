/** @file U1–U3: a multipart upload to disk against the way it is often done, and against the same body thrown away. */
import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchContext } from './main.ts'
import { curl } from './measure/curl.ts'
import { type Figure, median, perSecond, ratioOf } from './measure/numbers.ts'
import { startScript, startServer } from './measure/server-process.ts'

export async function benchUpload({ directory, memoryDirectory, size, rounds }: BenchContext): Promise<Figure[]> {
  const bytes = size === 'full' ? 2e9 : 3e8
  const file = join(directory, 'upload.png')
  makePicture(file, bytes)

  const ours: { speed: number[]; cpu: number[]; aboveIdle: number[] } = { speed: [], cpu: [], aboveIdle: [] }
  const peer: { speed: number[]; many: number[] } = { speed: [], many: [] }
  const oursMany: number[] = []
  const manyFiles = makeManyPictures(join(directory, 'many'), size === 'full' ? 500 : 100)
  const thrown: { speed: number[]; cpu: number[] } = { speed: [], cpu: [] }
  for (let round = 0; round < rounds; round++) {
    // Uploads land in memory: the disk under test would be the disk's test.
    const target = mkdtempSync(join(memoryDirectory, 'upload-'))
    const studio = await startScript('studio.ts', target)
    try {
      await curl(`http://127.0.0.1:${studio.port}/loop`)
      const idle = studio.residentBytes()
      studio.resetPeak()
      const before = studio.cpuSeconds()
      const url = `http://127.0.0.1:${studio.port}/api/admin/assets/upload-inputs`
      const { total, status } = await curl(url, '-H', 'Expect:', '-F', `files=@${file}`)
      if (status !== 200) throw new Error(`the upload was answered with ${status}`)
      ours.speed.push(perSecond(bytes, total))
      ours.cpu.push(studio.cpuSeconds() - before)
      ours.aboveIdle.push(studio.peakBytes() - idle)
      const many = await curl(url, '-H', 'Expect:', ...manyFiles.arguments)
      if (many.status !== 200) throw new Error(`the upload of many files was answered with ${many.status}`)
      oursMany.push(perSecond(manyFiles.bytes, many.total))
    } finally {
      await studio.stop()
      rmSync(target, { recursive: true, force: true })
    }
    const often = mkdtempSync(join(memoryDirectory, 'often-'))
    const reader = await startServer('python3', ['bench/servers/read-then-write.py', often])
    try {
      const url = `http://127.0.0.1:${reader.port}/`
      peer.speed.push(perSecond(bytes, (await curl(url, '-H', 'Expect:', '-F', `files=@${file}`)).total))
      peer.many.push(perSecond(manyFiles.bytes, (await curl(url, '-H', 'Expect:', ...manyFiles.arguments)).total))
    } finally {
      await reader.stop()
      rmSync(often, { recursive: true, force: true })
    }
    const baseline = await startScript('baseline.ts')
    try {
      const before = baseline.cpuSeconds()
      const { total } = await curl(`http://127.0.0.1:${baseline.port}/discard`, '-H', 'Expect:', '-F', `files=@${file}`)
      thrown.speed.push(perSecond(bytes, total))
      thrown.cpu.push(baseline.cpuSeconds() - before)
    } finally {
      await baseline.stop()
    }
  }
  return [
    {
      id: 'U1',
      what: 'upload speed / read, then write (Python)',
      value: ratioOf(ours.speed, peer.speed),
      goal: { atLeast: 3 },
      detail: `one file of ${(bytes / 1e9).toFixed(1)} GB: ${median(ours.speed).toFixed(0)} against ${median(peer.speed).toFixed(0)} MB/s`,
    },
    {
      id: 'U1b',
      what: 'the same, many files in one request',
      value: ratioOf(oursMany, peer.many),
      goal: { atLeast: 2 },
      detail: `${manyFiles.count} files of 2 MiB: ${median(oursMany).toFixed(0)} against ${median(peer.many).toFixed(0)} MB/s`,
    },
    {
      id: 'U2',
      what: 'upload CPU / body thrown away',
      value: ratioOf(ours.cpu, thrown.cpu),
      goal: { atMost: 3.2 },
      detail: `one file of ${(bytes / 1e9).toFixed(1)} GB: ${median(ours.speed).toFixed(0)} against ${median(thrown.speed).toFixed(0)} MB/s`,
    },
    {
      id: 'U3',
      what: 'upload memory above idle',
      value: median(ours.aboveIdle) / 1e6,
      goal: { atMost: 80 },
      unit: 'MB',
      detail: `one file of ${(bytes / 1e9).toFixed(1)} GB`,
    },
  ]
}

/** A real picture's beginning, then random bytes: the server looks at the content's first bytes only. */
function makePicture(path: string, bytes: number): void {
  mkdirSync(join(path, '..'), { recursive: true })
  const head = readFileSync('studio-data/defaults/input/chelsea.png')
  writeFileSync(path, head)
  const block = randomBytes(16 * 1024 * 1024)
  for (let left = bytes - head.length; left > 0; left -= block.length) {
    appendFileSync(path, left < block.length ? block.subarray(0, left) : block)
  }
}

/** Pictures of 2 MiB each, as curl's form arguments. */
function makeManyPictures(directory: string, count: number): { arguments: string[]; bytes: number; count: number } {
  const size = 2 * 1024 * 1024
  const paths = Array.from({ length: count }, (_, n) => join(directory, `${n}.png`))
  for (const path of paths) makePicture(path, size)
  return { arguments: paths.flatMap((path) => ['-F', `files=@${path}`]), bytes: count * size, count }
}
