/**
 * @file SHA-256 of files by size and time: what was read once is remembered, what was not is read in the background, one file
 * after another, until it is closed. For comparing files that have the same size anyway.
 */
import { createHash } from 'node:crypto'
import type { AssetType } from '#contracts/assets'
import { openBeneath } from '#platform/files/open-beneath'
import { createFileMemory } from './file-memory.ts'

export interface SizedFile {
  type: AssetType
  /** Relative to the root of its type. */
  path: string
  size: number
  /** Milliseconds with a fraction. */
  mtimeMs: number
}

export interface ContentHashes {
  /** In the files' order, a file that cannot be read as null. Null while one of them is still to be read, which begins now. */
  of(files: readonly SizedFile[]): (string | null)[] | null
  /** Whether files are being read. */
  readonly busy: boolean
  close(): void
}

export interface ContentHashesOptions {
  roots: Record<AssetType, string>
  /** Absolute path of the log that remembers. */
  file: string
}

const pattern = /^[0-9a-f]{64}$/

export function createContentHashes({ roots, file }: ContentHashesOptions): ContentHashes {
  const closed = new AbortController()
  const memory = createFileMemory<string>({
    file,
    write: (hash) => hash,
    read: (text) => (pattern.test(text) ? text : null),
  })
  /** Versions that could not be read: not tried again before a restart. */
  const unreadable = new Set<string>()
  let reading: Promise<void> | null = null

  const versionOf = ({ type, path, size, mtimeMs }: SizedFile) => ({
    path: `${type}/${path}`,
    size,
    time: `${mtimeMs}`,
  })
  const keyOf = (one: SizedFile) => JSON.stringify(versionOf(one))

  async function read(files: readonly SizedFile[]): Promise<void> {
    await memory.ready
    for (const one of files) {
      if (closed.signal.aborted) return
      if (memory.find(versionOf(one)) !== undefined) continue
      const hash = await hashOf(roots[one.type], one, closed.signal).catch(() => null)
      if (hash === null) unreadable.add(keyOf(one))
      else memory.remember(versionOf(one), hash)
    }
  }

  return {
    of(files) {
      const known = files.map((one) => memory.find(versionOf(one)) ?? (unreadable.has(keyOf(one)) ? null : undefined))
      if (known.every((hash) => hash !== undefined)) return known as (string | null)[]
      if (!closed.signal.aborted) {
        reading ??= read(files.filter((_, at) => known[at] === undefined)).finally(() => {
          reading = null
        })
      }
      return null
    },
    get busy() {
      return reading !== null
    },
    close() {
      closed.abort()
      void memory.flush().catch(() => undefined)
    },
  }
}

/** Null when it is gone, or is another file by now. */
async function hashOf(root: string, { path, size }: SizedFile, signal: AbortSignal): Promise<string | null> {
  const opened = await openBeneath(root, path.split('/'))
  if (!opened) return null
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of opened.handle.createReadStream({ signal, highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Buffer)
    bytes += (chunk as Buffer).length
  }
  return bytes === size ? hash.digest('hex') : null
}
