/** @file A1–A3: the asset catalogue: a filtered listing of ten thousand, and hashing a large file while requests go on. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { hashFile } from '../engine/assets/content-hash.ts'
import { openAssetStore } from '../engine/assets/store.ts'
import type { BenchContext } from './main.ts'
import { type Figure, median } from './measure/numbers.ts'

export async function benchAssets({ directory, size, rounds }: BenchContext): Promise<Figure[]> {
  const home = mkdtempSync(join(directory, 'assets-'))
  mkdirSync(home, { recursive: true })
  const store = openAssetStore(join(home, 'assets.db'), { now: Date.now, newId: randomUUID })
  store.transaction(() => {
    for (let n = 0; n < 10_000; n++) {
      store.add({
        ...{ owner: '', name: `picture ${n}.png`, hash: null, size: 1000 + n, mimeType: 'image/png', jobId: null },
        ...{ tags: ['output', n % 3 === 0 ? 'third' : 'other'], userMetadata: { n }, metadata: {}, previewId: null },
        file: { path: join(home, `${n}.png`), root: 'output', size: 1000 + n, modifiedNs: String(n) },
      })
    }
  })
  const filter = { includeTags: ['third'], excludeTags: [], nameContains: '', hash: null, metadata: [], owner: null }
  const page = { sort: 'created_at', order: 'desc', limit: 100, offset: 0, after: null } as const
  const listings: number[] = []
  for (let n = 0; n < 50; n++) {
    const began = performance.now()
    const { total } = store.list(filter, page)
    listings.push(performance.now() - began)
    if (total !== 3334) throw new Error(`the listing has ${total} assets`)
  }
  store.close()

  const bytes = size === 'full' ? 2e9 : 5e8
  const large = join(home, 'large.safetensors')
  const block = Buffer.alloc(16 * 1024 * 1024, 'weights')
  const descriptor = openSync(large, 'w')
  for (let left = bytes; left > 0; left -= block.length) writeSync(descriptor, block, 0, Math.min(left, block.length))
  const speeds: number[] = []
  let held = 0
  for (let round = 0; round < rounds; round++) {
    let last = performance.now()
    const ticker = setInterval(() => {
      const now = performance.now()
      held = Math.max(held, now - last - 5)
      last = now
    }, 5)
    const began = performance.now()
    await hashFile(large)
    speeds.push(bytes / 1e9 / ((performance.now() - began) / 1000))
    clearInterval(ticker)
  }
  rmSync(large)
  return [
    {
      id: 'A1',
      what: 'listing 100 of 10,000 assets by tag',
      value: median(listings),
      goal: { atMost: 20 },
      unit: 'ms',
      detail: '3334 match; the query with its total, without HTTP',
    },
    {
      id: 'A2',
      what: 'BLAKE3 of a large file',
      value: median(speeds),
      goal: { atLeast: 0.8 },
      unit: 'GB/s',
      detail: `${(bytes / 1e9).toFixed(1)} GB, from the page cache`,
    },
    {
      id: 'A3',
      what: 'longest hold of the event loop meanwhile',
      value: held,
      goal: { atMost: 50 },
      unit: 'ms',
      detail: 'a timer of 5 ms',
    },
  ]
}
