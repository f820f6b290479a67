/**
 * @file `npm run bench [-- names] [-- --size small|full] [-- --rounds 5]`: measures the asset endpoints against the least the
 * machine can do, each server in a fresh process, in turn, the engine's share of a prompt and of a step, and the gallery, and
 * prints a table. Ends non-zero when a figure is missed.
 * Linux, with curl, find, python3 and Chromium, after `npm run build`.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benchAssets } from './assets.ts'
import { benchDiffusion } from './diffusion.ts'
import { benchEngine } from './engine.ts'
import { benchGallery } from './gallery.ts'
import { benchListing } from './listing.ts'
import { type Figure, isReached, renderTable } from './measure/numbers.ts'
import { benchRequests } from './requests.ts'
import { benchThumbnails } from './thumbnails.ts'
import { benchUpload } from './upload.ts'
import { benchZip } from './zip.ts'

export interface BenchContext {
  /** Empty, removed at the end. */
  directory: string
  /** The same in memory, where the machine has such a place. */
  memoryDirectory: string
  size: 'small' | 'full'
  rounds: number
}

const benches: Record<string, (context: BenchContext) => Promise<Figure[]>> = {
  zip: benchZip,
  upload: benchUpload,
  listing: benchListing,
  thumbnails: benchThumbnails,
  requests: benchRequests,
  engine: benchEngine,
  diffusion: benchDiffusion,
  assets: benchAssets,
  gallery: benchGallery,
}

const { values, positionals } = parseArgs({
  options: { size: { type: 'string', default: 'small' }, rounds: { type: 'string' } },
  allowPositionals: true,
})
const size = values.size === 'full' ? 'full' : 'small'
const rounds = Number(values.rounds ?? (size === 'full' ? 5 : 3))
const names = positionals.length > 0 ? positionals : Object.keys(benches)
const directory = mkdtempSync(join(tmpdir(), 'studio-bench-'))
const memoryDirectory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'studio-bench-'))
const figures: Figure[] = []
try {
  for (const name of names) {
    const bench = benches[name]
    if (!bench) throw new Error(`no such bench: ${name} (there are ${Object.keys(benches).join(', ')})`)
    console.error(`measuring ${name}, size ${size}, ${rounds} rounds`)
    figures.push(...(await bench({ directory, memoryDirectory, size, rounds })))
  }
} finally {
  rmSync(directory, { recursive: true, force: true })
  rmSync(memoryDirectory, { recursive: true, force: true })
}
console.log(renderTable(figures))
process.exit(figures.every(isReached) ? 0 : 1)
