/**
 * @file Brings the catalogue in line with the disk: new files become assets, vanished ones lose theirs. One scan at a time,
 * in slices that leave the event loop alone.
 */
import { opendir, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Arrivals } from './arrivals.ts'
import type { AssetPlaces, Place } from './asset-places.ts'
import type { Asset } from './asset-row.ts'
import { describeFile, readFileFacts } from './file-facts.ts'
import { type FileRecords, isSameFile } from './file-records.ts'
import type { AssetStore } from './store.ts'

export interface ScanProgress {
  scanned: number
  total: number
  created: number
  skipped: number
}

export interface ScanStatus {
  state: 'IDLE' | 'RUNNING' | 'CANCELLING'
  progress: ScanProgress | null
  errors: string[]
}

/** Assets that are looked at in one go. */
const slice = 200

export interface ScannerDeps {
  store: AssetStore
  records: FileRecords
  places: AssetPlaces
  arrivals: Pick<Arrivals, 'settled'>
  /** Told when a scan is over, however it ended. */
  onEnd: () => void
}

export function createAssetScanner({ store, records, places, arrivals, onEnd }: ScannerDeps) {
  let running: { done: Promise<void>; abort: AbortController } | null = null
  let progress: ScanProgress | null = null
  let errors: string[] = []

  async function scan(roots: readonly Place['root'][], signal: AbortSignal): Promise<void> {
    const counts: ScanProgress = { scanned: 0, total: 0, created: 0, skipped: 0 }
    progress = counts
    const seen = new Set<string>()
    for (const { directory } of places.of(roots)) {
      for await (const path of filesBelow(directory, signal)) {
        if (seen.has(path)) continue
        seen.add(path)
        counts.total++
        await take(path, counts)
      }
    }
    for (const root of roots) await forgetVanished(root, signal)
  }

  async function take(path: string, counts: ScanProgress): Promise<void> {
    counts.scanned++
    try {
      await arrivals.settled(dirname(path))
      const before = records.at(path)?.id
      const place = places.describe(path)
      const facts = place && (await readFileFacts(path, place.root))
      if (!facts || records.find(facts)) {
        counts.skipped++
        return
      }
      const asset = await describeFile(path, places, { hash: null, jobId: null })
      // Somebody put another file there while this one was looked at.
      const isStale = records.at(path)?.id !== before
      if (asset && !isStale && store.transaction(() => records.encounter(asset))) counts.created++
      else counts.skipped++
    } catch (error) {
      counts.skipped++
      if (errors.length < 100)
        errors.push(`${places.describe(path)?.filename ?? 'a file'}: ${(error as Error).message}`)
    }
  }

  async function forgetVanished(root: Place['root'], signal: AbortSignal): Promise<void> {
    for (let last = 0; !signal.aborted; ) {
      const assets = records.below(root, last, slice)
      if (assets.length === 0) return
      for (const asset of assets) if (!(await isThere(asset))) records.lose(asset)
      last = assets.at(-1)!.number
    }
  }

  async function isThere(asset: Asset): Promise<boolean> {
    const facts = await readFileFacts(asset.file!.path, asset.file!.root)
    return facts !== null && isSameFile(asset, facts)
  }

  return {
    status: (): ScanStatus => ({
      state: running === null ? 'IDLE' : running.abort.signal.aborted ? 'CANCELLING' : 'RUNNING',
      progress,
      errors,
    }),

    /** @returns the end of the scan; null when one runs already */
    start(roots: readonly Place['root'][]): Promise<void> | null {
      if (running !== null) return null
      const abort = new AbortController()
      errors = []
      const done = scan(roots, abort.signal)
        .catch((error: Error) => void errors.push(error.message))
        .finally(() => {
          running = null
          if (!abort.signal.aborted) onEnd()
        })
      running = { done, abort }
      return done
    },

    /** @returns whether there was anything to cancel */
    cancel(): boolean {
      running?.abort.abort()
      return running !== null
    },

    async close(): Promise<void> {
      running?.abort.abort()
      await running?.done
    },
  }
}

export type AssetScanner = ReturnType<typeof createAssetScanner>

/** Visible files below a directory. Links are followed; a directory is visited once, so loops end. */
async function* filesBelow(directory: string, signal: AbortSignal): AsyncGenerator<string> {
  const visited = new Set<string>()
  const open = [directory]
  for (let current = open.pop(); current !== undefined && !signal.aborted; current = open.pop()) {
    const real = await realpath(current).catch(() => null)
    if (real === null || visited.has(real)) continue
    visited.add(real)
    const entries = await opendir(current).catch(() => null)
    if (entries === null) continue
    for await (const entry of entries) {
      if (signal.aborted) return
      if (entry.name.startsWith('.')) continue
      const path = join(current, entry.name)
      if (entry.isFile()) yield path
      else if (entry.isDirectory() || entry.isSymbolicLink()) {
        if (entry.isSymbolicLink() && !(await isDirectory(path))) yield path
        else open.push(path)
      }
    }
  }
}

async function isDirectory(path: string): Promise<boolean> {
  const entries = await opendir(path).catch(() => null)
  await entries?.close()
  return entries !== null
}
