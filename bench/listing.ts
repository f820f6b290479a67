/** @file L1–L5: reading a tree of many jobs, answering from the index, watching it. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { makeManyJobs } from './fixtures.ts'
import type { BenchContext } from './main.ts'
import { requestsPerCpuSecond } from './measure/load.ts'
import { type Figure, median, ratioOf } from './measure/numbers.ts'
import { startScript, startServer } from './measure/server-process.ts'

const listingPath = '/api/admin/assets/outputs'

export async function benchListing({ directory, size, rounds }: BenchContext): Promise<Figure[]> {
  const jobs = size === 'full' ? 10_000 : 2000
  const tree = join(directory, 'many')
  const empty = join(directory, 'none')
  makeManyJobs(join(tree, 'output'), jobs)

  const found: Record<
    'find' | 'scan' | 'held' | 'heldPaged' | 'unchanged' | 'plain' | 'memory' | 'watches' | 'full' | 'walk',
    number[]
  > = {
    find: [],
    scan: [],
    held: [],
    heldPaged: [],
    unchanged: [],
    plain: [],
    memory: [],
    watches: [],
    full: [],
    walk: [],
  }
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    execFileSync('find', [join(tree, 'output'), '-printf', '%p %s %T@\n'], { stdio: ['ignore', 'ignore', 'inherit'] })
    found.find.push(performance.now() - began)

    const idle = await startScript('studio.ts', empty)
    await fetch(`http://127.0.0.1:${idle.port}/ready`)
    const idleBytes = idle.residentBytes()
    const scan = await fetch(`http://127.0.0.1:${idle.port}/scan?root=${encodeURIComponent(join(tree, 'output'))}`)
    const { took, held } = (await scan.json()) as { took: number; held: number }
    found.scan.push(took)
    await idle.stop()

    const walker = await startServer('python3', ['bench/servers/walk-per-request.py', join(tree, 'output')])
    const beganWalk = performance.now()
    await (await fetch(`http://127.0.0.1:${walker.port}/`)).arrayBuffer()
    found.walk.push(performance.now() - beganWalk)
    await walker.stop()

    const studio = await startScript('studio.ts', tree)
    const baseline = await startScript('baseline.ts')
    try {
      const get = (path: string) => fetch(`http://127.0.0.1:${studio.port}${path}`)
      await get('/ready')
      await get('/loop')
      found.memory.push(studio.residentBytes() - idleBytes)
      found.watches.push(studio.inotifyWatches())
      await (await get(`${listingPath}?limit=100`)).arrayBuffer()
      found.heldPaged.push(Math.max(held, Number(await (await get('/loop')).text())))
      const beganFull = performance.now()
      const full = await get(listingPath)
      await full.arrayBuffer()
      found.full.push(performance.now() - beganFull)
      found.held.push(Math.max(held, Number(await (await get('/loop')).text())))
      const headers = { 'if-none-match': full.headers.get('etag')! }
      found.unchanged.push(
        await requestsPerCpuSecond({ server: studio, path: listingPath, headers, milliseconds: 2000 }),
      )
      found.plain.push(await requestsPerCpuSecond({ server: baseline, path: '/constant', milliseconds: 2000 }))
    } finally {
      await studio.stop()
      await baseline.stop()
    }
  }
  const about = `${jobs} jobs of 6 files`
  return [
    {
      id: 'L1',
      what: 'cold scan / find -printf',
      value: ratioOf(found.scan, found.find),
      goal: { atMost: 2 },
      detail: `${about}: ${median(found.scan).toFixed(0)} against ${median(found.find).toFixed(0)} ms`,
    },
    {
      id: 'L2',
      what: 'walk per request (Python) / cold scan',
      value: ratioOf(found.walk, found.scan),
      goal: { atLeast: 2 },
      detail: `${median(found.walk).toFixed(0)} against ${median(found.scan).toFixed(0)} ms`,
    },
    {
      id: 'L2b',
      what: 'walk per request (Python) / whole listing from the index',
      value: ratioOf(found.walk, found.full),
      goal: { atLeast: 20 },
      detail: `${median(found.walk).toFixed(0)} against ${median(found.full).toFixed(0)} ms, the first whole body after the scan`,
    },
    {
      id: 'L3',
      what: 'longest hold of the event loop, cold, whole body',
      value: median(found.held),
      goal: { atMost: 100 },
      unit: 'ms',
      detail: `scan and first whole listing; the whole body took ${median(found.full).toFixed(0)} ms`,
    },
    {
      id: 'L3b',
      what: 'the same for a page of 100',
      value: median(found.heldPaged),
      goal: { atMost: 25 },
      unit: 'ms',
      detail: 'scan and first page',
    },
    {
      id: 'L4',
      what: '304 / plain http, requests per CPU second',
      value: ratioOf(found.unchanged, found.plain),
      goal: { atLeast: 0.5 },
      detail: `${median(found.unchanged).toFixed(0)} against ${median(found.plain).toFixed(0)} per CPU second`,
    },
    {
      id: 'L5',
      what: 'watching: memory above idle',
      value: median(found.memory) / 1e6,
      goal: { atMost: 100 },
      unit: 'MB',
      detail: 'index and watchers',
    },
    {
      id: 'L5b',
      what: 'watching: inotify watches',
      value: median(found.watches),
      goal: { atMost: 300 },
      detail: 'the root, the input root and folders touched lately',
    },
  ]
}
