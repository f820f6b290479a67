/**
 * @file Made thumbnails on disk, bounded by bytes, the longest unused out first; the newest also in memory. Keys name content,
 * so nothing here is ever out of date, and losing it costs time only: no fsync.
 */

import { readdirSync } from 'node:fs'
import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { statOrNull } from '../assets/folder-scan.ts'
import type { ByteCount } from '../storage/ledger.ts'
import { inSlices } from '../storage/slices.ts'

export interface ThumbnailCache extends ByteCount {
  /** From memory only: no file is touched. */
  recent(key: string): Buffer | undefined
  find(key: string): Promise<Buffer | null>
  put(key: string, webp: Buffer): Promise<void>
  /** Fulfilled when what lies there is known. */
  readonly ready: Promise<void>
  /** How many there are. */
  readonly count: number
  /** Deletes all of them; they are made again when they are asked for. @returns the bytes freed */
  clear(): Promise<number>
}

export interface ThumbnailCacheOptions {
  directory: string
  /** @default 2 GiB */
  maxBytes?: number
  /** @default 24 MiB */
  maxMemoryBytes?: number
  /** Milliseconds since 1970. */
  now?: () => number
}

interface Held {
  size: number
  /** Milliseconds since 1970, of the last use that was written down. */
  used: number
}

/** After a clean-up so much of the bound is in use, so that not every new one cleans up again. */
const shareAfterCleanUp = 0.9
/** How exactly the last use is kept on disk. */
const touchMilliseconds = 12 * 3_600_000
const extension = '.webp'

export function createThumbnailCache(options: ThumbnailCacheOptions): ThumbnailCache {
  const { directory, maxBytes = 2 ** 31, maxMemoryBytes = 24 * 2 ** 20, now = Date.now } = options
  /** Longest unused first. */
  const held = new Map<string, Held>()
  const memory = new Map<string, Buffer>()
  let bytes = 0
  let memoryBytes = 0
  let cleaning: Promise<void> | undefined

  const shardOf = (key: string) => join(directory, key.slice(0, 2))
  const fileOf = (key: string) => join(shardOf(key), key + extension)

  function* scan(): Generator<void, void> {
    const found: [string, Held][] = []
    for (const shard of namesIn(directory)) {
      for (const name of namesIn(join(directory, shard))) {
        yield
        const stats = statOrNull(join(directory, shard, name))
        if (!name.endsWith(extension) || !stats?.isFile()) continue
        found.push([name.slice(0, -extension.length), { size: stats.size, used: stats.mtimeMs }])
      }
    }
    for (const [key, entry] of found.sort((a, b) => a[1].used - b[1].used)) add(key, entry)
  }

  function add(key: string, entry: Held): void {
    bytes += entry.size - (held.get(key)?.size ?? 0)
    held.delete(key)
    held.set(key, entry)
  }

  function keepInMemory(key: string, webp: Buffer): void {
    const old = memory.get(key)
    if (old) memoryBytes -= old.length
    memory.delete(key)
    memory.set(key, webp)
    memoryBytes += webp.length
    for (const [oldest, value] of memory) {
      if (memoryBytes <= maxMemoryBytes) break
      memory.delete(oldest)
      memoryBytes -= value.length
    }
  }

  /** Notes a use, on disk at most twice a day. */
  function touch(key: string): void {
    const entry = held.get(key)
    if (!entry) return
    held.delete(key)
    held.set(key, entry)
    if (now() - entry.used < touchMilliseconds) return
    entry.used = now()
    const seconds = entry.used / 1000
    // Some network volumes refuse it; then the order of a restart is by making, not by use.
    void utimes(fileOf(key), seconds, seconds).catch(() => undefined)
  }

  async function cleanUp(): Promise<void> {
    for (const [key, entry] of held) {
      if (bytes <= maxBytes * shareAfterCleanUp) break
      held.delete(key)
      bytes -= entry.size
      await rm(fileOf(key), { force: true }).catch(() => undefined)
    }
  }

  const ready = inSlices(scan(), { budget: 4, rest: 4 }).catch(() => undefined)

  return {
    ready,
    get bytes() {
      return bytes
    },
    get count() {
      return held.size
    },
    async clear() {
      await ready
      let freed = 0
      for (const [key, { size }] of [...held]) {
        await rm(fileOf(key), { force: true })
        if (held.delete(key)) bytes -= size
        freed += size
      }
      memory.clear()
      memoryBytes = 0
      return freed
    },
    recent(key) {
      const webp = memory.get(key)
      if (webp) {
        memory.delete(key)
        memory.set(key, webp)
        touch(key)
      }
      return webp
    },
    async find(key) {
      try {
        const webp = await readFile(fileOf(key))
        if (webp.length === 0) return null
        keepInMemory(key, webp)
        if (!held.has(key)) add(key, { size: webp.length, used: now() })
        touch(key)
        return webp
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw error
      }
    },
    async put(key, webp) {
      keepInMemory(key, webp)
      await mkdir(shardOf(key), { recursive: true })
      const temporary = `${fileOf(key)}.new`
      await writeFile(temporary, webp)
      await rename(temporary, fileOf(key))
      add(key, { size: webp.length, used: now() })
      if (bytes <= maxBytes) return
      cleaning ??= cleanUp().finally(() => {
        cleaning = undefined
      })
      await cleaning
    },
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
