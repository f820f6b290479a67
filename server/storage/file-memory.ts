/**
 * @file Remembers what was computed from files (checksums, shapes of pictures), so that a file is read for it once in its
 * life. A log of lines in the cache directory; losing it costs time, never correctness, so it is neither locked nor synced.
 */
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { inSlices } from './slices.ts'

/** What a value belongs to: a path with this size and time. */
export interface FileVersion {
  /** Absolute, or anything else that names the file for good. */
  path: string
  size: number
  /** Modification time, without spaces; always in the same unit. */
  time: string
}

export interface FileMemory<T> {
  /** Fulfilled when what was remembered before is known. */
  readonly ready: Promise<void>
  find(file: FileVersion): T | undefined
  remember(file: FileVersion, value: T): void
  /** Writes what is new; called at the end and now and then. */
  flush(): Promise<void>
}

const maxEntries = 200_000
const flushMilliseconds = 5000
const linePattern = /^(\S+) (\d+) (\S+) (.+)$/

export interface FileMemoryOptions<T> {
  /** Absolute path of the log. */
  file: string
  /** Text without white space. */
  write: (value: T) => string
  /** Of the same text; null when it is none of ours. */
  read: (text: string) => T | null
}

export function createFileMemory<T>({ file, write, read }: FileMemoryOptions<T>): FileMemory<T> {
  /** Oldest first, as a Map keeps its keys. */
  const known = new Map<string, { version: string; value: T }>()
  let fresh: string[] = []
  let timer: NodeJS.Timeout | undefined

  function set(path: string, version: string, value: T): void {
    known.delete(path)
    known.set(path, { version, value })
    if (known.size <= maxEntries) return
    for (const oldest of known.keys()) {
      known.delete(oldest)
      return
    }
  }

  const lineOf = (path: string, version: string, value: T) => `${write(value)} ${version} ${JSON.stringify(path)}\n`

  async function load(): Promise<void> {
    const text = await readFile(file, 'utf8').catch(() => '')
    let lines = 0
    await inSlices(
      (function* () {
        for (const line of text.split('\n')) {
          const match = linePattern.exec(line)
          const value = match && read(match[1]!)
          if (!match || value === null) continue
          lines++
          set(JSON.parse(match[4]!), `${match[2]} ${match[3]}`, value)
          yield
        }
      })(),
    ).catch(() => undefined)
    if (lines > 1000 && lines > 2 * known.size) await compact()
  }

  async function compact(): Promise<void> {
    const lines = [...known].map(([path, { version, value }]) => lineOf(path, version, value))
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
    find({ path, size, time }) {
      const entry = known.get(path)
      return entry?.version === `${size} ${time}` ? entry.value : undefined
    },
    remember({ path, size, time }, value) {
      set(path, `${size} ${time}`, value)
      fresh.push(lineOf(path, `${size} ${time}`, value))
      timer ??= setTimeout(() => void flush().catch(() => undefined), flushMilliseconds).unref()
    },
    flush,
  }
}
