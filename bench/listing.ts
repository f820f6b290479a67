/** @file L1, L3–L5: reading a tree of many jobs, answering from the index, watching it. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { makeManyJobs } from './fixtures.ts'
import type { BenchContext } from './main.ts'
import { requestsPerSecond } from './measure/load.ts'
import { type Figure, median, ratioOf } from './measure/numbers.ts'
import { startScript } from './measure/server-process.ts'

const listingPath = '/api/admin/assets/outputs'

export async function benchListing({ directory, size, rounds }: BenchContext): Promise<Figure[]> {
  const jobs = size === 'full' ? 10_000 : 2000
  const tree = join(directory, 'many')
  const empty = join(directory, 'none')
  makeManyJobs(join(tree, 'output'), jobs)

  const found: Record<
    'find' | 'scan' | 'held' | 'heldPaged' | 'unchanged' | 'plain' | 'memory' | 'watches' | 'full',
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
  }
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    execFileSync('find', [join(tree, 'output'), '-printf', '%p %s %T@\n'], { stdio: ['ignore', 'ignore', 'inherit'] })
    found.find.push(performance.now() - began)

    const idle = await startScript('studio.ts', empty)
    const idleBytes = idle.residentBytes()
    await idle.stop()

    const studio = await startScript('studio.ts', tree)
    const baseline = await startScript('baseline.ts')
    try {
      const get = (path: string) => fetch(`http://127.0.0.1:${studio.port}${path}`)
      found.scan.push(Number(await (await get('/ready')).text()))
      found.held.push(Number(await (await get('/loop')).text()))
      found.memory.push(studio.residentBytes() - idleBytes)
      found.watches.push(studio.inotifyWatches())
      await (await get(`${listingPath}?limit=100`)).arrayBuffer()
      found.heldPaged.push(Number(await (await get('/loop')).text()))
      const beganFull = performance.now()
      const full = await get(listingPath)
      await full.arrayBuffer()
      found.full.push(performance.now() - beganFull)
      found.held.push(Math.max(found.held.pop()!, Number(await (await get('/loop')).text())))
      const headers = { 'if-none-match': full.headers.get('etag')! }
      found.unchanged.push(
        await requestsPerSecond({ port: studio.port, path: listingPath, headers, milliseconds: 2000 }),
      )
      found.plain.push(await requestsPerSecond({ port: baseline.port, path: '/constant', milliseconds: 2000 }))
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
      detail: 'first page after the scan',
    },
    {
      id: 'L4',
      what: '304 / plain http, requests per second',
      value: ratioOf(found.unchanged, found.plain),
      goal: { atLeast: 0.5 },
      detail: `${median(found.unchanged).toFixed(0)} against ${median(found.plain).toFixed(0)} a second`,
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
