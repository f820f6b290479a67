/** @file Z1–Z6: the zip of everything against a piped file, archiver, and deflating first. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { makeMediaTree } from './fixtures.ts'
import type { BenchContext } from './main.ts'
import { curl } from './measure/curl.ts'
import { type Figure, median, perSecond, ratioOf } from './measure/numbers.ts'
import { type ServerProcess, startScript, startServer } from './measure/server-process.ts'

const zipPath = '/api/admin/outputs-zip'

interface Measured {
  speed: number[]
  cpuPerGigabyte: number[]
  firstByte: number[]
  aboveIdle: number[]
}

export async function benchZip({ directory, size, rounds }: BenchContext): Promise<Figure[]> {
  const small = join(directory, 'zip-small')
  const smallBytes = makeTree(small, 20)
  const measuredTree = size === 'full' ? join(directory, 'zip-big') : small
  const bytes = size === 'full' ? makeTree(measuredTree, 200) : smallBytes
  const outputs = join(measuredTree, 'output')

  const one = join(directory, 'one-file.bin')
  execFileSync('bash', ['-c', `find "$1" -type f -exec cat {} + > "$2"`, 'bash', outputs, one])

  const ours = emptyMeasurement()
  const remembered = emptyMeasurement()
  const pipe = emptyMeasurement()
  const archiver = emptyMeasurement()
  for (let round = 0; round < rounds; round++) {
    await measure(pipe, () => startScript('baseline.ts'), `/file?path=${encodeURIComponent(one)}`, bytes)
    rmSync(join(measuredTree, 'cache'), { recursive: true, force: true })
    await measure(ours, () => startScript('studio.ts', measuredTree), zipPath, bytes)
    // The checksums of the run before are on disk now, as those of finished jobs always are.
    await measure(remembered, () => startScript('studio.ts', measuredTree), zipPath, bytes)
    await measure(archiver, () => startScript('baseline.ts'), `/archiver?path=${encodeURIComponent(outputs)}`, bytes)
  }

  const peer = emptyMeasurement()
  const oursSmall = emptyMeasurement()
  const smallOutputs = join(small, 'output')
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    rmSync(join(small, 'cache'), { recursive: true, force: true })
    await measure(oursSmall, () => startScript('studio.ts', small), zipPath, smallBytes)
    await measure(
      peer,
      () => startServer('python3', ['bench/servers/deflate-then-send.py', smallOutputs]),
      '/',
      smallBytes,
    )
  }

  const tree = `${(bytes / 1e9).toFixed(2)} GB`
  return [
    {
      id: 'Z1',
      what: 'zip speed / piped file',
      value: ratioOf(ours.speed, pipe.speed),
      goal: { atLeast: 0.5 },
      detail: `${tree}: ${megabytes(ours)} against ${megabytes(pipe)}; checksums known: ${megabytes(remembered)}`,
    },
    {
      id: 'Z2',
      what: 'zip CPU / piped file',
      value: ratioOf(ours.cpuPerGigabyte, pipe.cpuPerGigabyte),
      goal: { atMost: 2 },
      detail: `${median(ours.cpuPerGigabyte).toFixed(2)} against ${median(pipe.cpuPerGigabyte).toFixed(2)} CPU-s/GB; checksums known: ${median(remembered.cpuPerGigabyte).toFixed(2)}`,
    },
    {
      id: 'Z3',
      what: 'zip speed / archiver, store mode',
      value: ratioOf(ours.speed, archiver.speed),
      goal: { atLeast: 3 },
      detail: `${megabytes(ours)} against ${megabytes(archiver)}`,
    },
    {
      id: 'Z4',
      what: 'zip speed / deflate, then send (Python)',
      value: ratioOf(oursSmall.speed, peer.speed),
      goal: { atLeast: 12 },
      detail: `${(smallBytes / 1e9).toFixed(2)} GB: ${megabytes(oursSmall)} against ${megabytes(peer)}`,
    },
    {
      id: 'Z4b',
      what: 'first byte: deflate, then send / ours',
      value: ratioOf(peer.firstByte, oursSmall.firstByte),
      goal: { atLeast: 100 },
      detail: `${median(peer.firstByte).toFixed(0)} ms against ${median(oursSmall.firstByte).toFixed(0)} ms`,
    },
    {
      id: 'Z5',
      what: 'zip memory above idle',
      value: median(ours.aboveIdle) / 1e6,
      goal: { atMost: 48 },
      unit: 'MB',
      detail: `${tree}; for ${(smallBytes / 1e9).toFixed(2)} GB: ${(median(oursSmall.aboveIdle) / 1e6).toFixed(0)} MB`,
    },
    {
      id: 'Z6',
      what: 'announced length = bytes sent, resume identical',
      value: (await isExact(small, directory)) ? 1 : 0,
      goal: { atLeast: 1 },
      detail: 'curl -C - after 100 MB, SHA-256 of both',
    },
  ]
}

function makeTree(directory: string, jobs: number): number {
  mkdirSync(join(directory, 'output'), { recursive: true })
  return makeMediaTree(join(directory, 'output'), jobs)
}

async function measure(
  into: Measured,
  start: () => Promise<ServerProcess>,
  path: string,
  bytes: number,
): Promise<void> {
  const server = await start()
  try {
    await curl(`http://127.0.0.1:${server.port}/loop`)
    const idle = server.residentBytes()
    server.resetPeak()
    const cpuBefore = server.cpuSeconds()
    const { total, firstByte } = await curl(`http://127.0.0.1:${server.port}${path}`)
    into.speed.push(perSecond(bytes, total))
    into.firstByte.push(firstByte)
    into.cpuPerGigabyte.push((server.cpuSeconds() - cpuBefore) / (bytes / 1e9))
    into.aboveIdle.push(server.peakBytes() - idle)
  } finally {
    await server.stop()
  }
}

async function isExact(tree: string, directory: string): Promise<boolean> {
  const server = await startScript('studio.ts', tree)
  try {
    const url = `http://127.0.0.1:${server.port}${zipPath}`
    const length = Number((await fetch(url, { method: 'HEAD' })).headers.get('content-length'))
    const [whole, part] = [join(directory, 'whole.zip'), join(directory, 'part.zip')]
    const { received } = await curl(url, '-o', whole)
    execFileSync('cp', [whole, part])
    truncateSync(part, 100_000_000)
    await curl(url, '-C', '-', '-o', part)
    return received === length && (await sha256(whole)) === (await sha256(part))
  } finally {
    await server.stop()
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

const emptyMeasurement = (): Measured => ({ speed: [], cpuPerGigabyte: [], firstByte: [], aboveIdle: [] })
const megabytes = ({ speed }: Measured) => `${median(speed).toFixed(0)} MB/s`
