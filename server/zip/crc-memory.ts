/**
 * @file Remembers checksums that were computed, so that a file is read for its checksum once in its life. A log of lines in
 * the cache directory; losing it costs time, never correctness, so it is neither locked nor synced.
 */
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { inSlices } from '../storage/slices.ts'

/** What a checksum belongs to: a path with this size and time. */
export interface FileVersion {
  /** Absolute, or anything else that names the file for good. */
  path: string
  size: number
  mtimeNs: string
}

export interface CrcMemory {
  /** Fulfilled when what was remembered before is known. */
  readonly ready: Promise<void>
  find(file: FileVersion): number | undefined
  remember(file: FileVersion, crc32: number): void
  /** Writes what is new; called at the end and now and then. */
  flush(): Promise<void>
}

const maxEntries = 200_000
const flushMilliseconds = 5000
const linePattern = /^([0-9a-f]{8}) (\d+) (\d+) (.+)$/

/** @param file - absolute path of the log */
export function createCrcMemory(file: string): CrcMemory {
  /** Oldest first, as a Map keeps its keys. */
  const known = new Map<string, { version: string; crc32: number }>()
  let fresh: string[] = []
  let timer: NodeJS.Timeout | undefined

  function set(path: string, version: string, crc32: number): void {
    known.delete(path)
    known.set(path, { version, crc32 })
    if (known.size <= maxEntries) return
    for (const oldest of known.keys()) {
      known.delete(oldest)
      return
    }
  }

  async function load(): Promise<void> {
    const text = await readFile(file, 'utf8').catch(() => '')
    let lines = 0
    await inSlices(
      (function* () {
        for (const line of text.split('\n')) {
          const match = linePattern.exec(line)
          if (!match) continue
          lines++
          set(JSON.parse(match[4]!), `${match[2]} ${match[3]}`, Number.parseInt(match[1]!, 16))
          yield
        }
      })(),
    ).catch(() => undefined)
    if (lines > 1000 && lines > 2 * known.size) await compact()
  }

  async function compact(): Promise<void> {
    const lines = [...known].map(([path, { version, crc32 }]) => lineOf(path, version, crc32))
    await writeFile(`${file}.new`, lines.join(''))
    await rename(`${file}.new`, file)
  }

  async function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const lines = fresh.join('')
    fresh = []
    if (lines === '') return
    await mkdir(dirname(file), { recursive: true })
    await appendFile(file, lines)
  }

  return {
    ready: load().catch(() => undefined),
    find({ path, size, mtimeNs }) {
      const entry = known.get(path)
      return entry?.version === `${size} ${mtimeNs}` ? entry.crc32 : undefined
    },
    remember({ path, size, mtimeNs }, crc32) {
      set(path, `${size} ${mtimeNs}`, crc32)
      fresh.push(lineOf(path, `${size} ${mtimeNs}`, crc32))
      timer ??= setTimeout(() => void flush().catch(() => undefined), flushMilliseconds).unref()
    },
    flush,
  }
}

function lineOf(path: string, version: string, crc32: number): string {
  return `${crc32.toString(16).padStart(8, '0')} ${version} ${JSON.stringify(path)}\n`
}
