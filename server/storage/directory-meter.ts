/**
 * @file Bytes below a directory that no index counts (models), measured in the background and now and then again.
 */
import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ByteCount } from './ledger.ts'
import { inSlices } from './slices.ts'

export interface DirectoryMeter extends ByteCount {
  /** How many files they are. */
  readonly files: number
  /** Fulfilled when the first measurement is done. */
  readonly ready: Promise<void>
  close(): void
}

/** @param every - milliseconds between two measurements @default 600000 */
export function createDirectoryMeter(directory: string, every = 600_000): DirectoryMeter {
  const ending = new AbortController()
  let bytes = 0
  let files = 0
  let timer: NodeJS.Timeout | undefined

  async function measure(): Promise<void> {
    try {
      ;({ bytes, files } = await inSlices(measureFiles(directory), { budget: 4, rest: 12, signal: ending.signal }))
    } catch {
      // Closed meanwhile, or the disk does not answer: the last known figure stands.
    }
    if (!ending.signal.aborted) timer = setTimeout(measure, every).unref()
  }

  return {
    get bytes() {
      return bytes
    },
    get files() {
      return files
    },
    ready: measure(),
    close() {
      ending.abort()
      clearTimeout(timer)
    },
  }
}

/** Sum of the sizes of all regular files below a directory, hidden ones too; links are not followed. */
export function* measureBytes(directory: string): Generator<void, number> {
  return (yield* measureFiles(directory)).bytes
}

function* measureFiles(directory: string): Generator<void, { bytes: number; files: number }> {
  let bytes = 0
  let files = 0
  const pending = [directory]
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    for (const entry of entriesOf(current)) {
      const path = join(current, entry.name)
      if (entry.isDirectory()) pending.push(path)
      else if (entry.isFile()) {
        bytes += sizeOf(path)
        files++
      }
      yield
    }
  }
  return { bytes, files }
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    return []
  }
}

function sizeOf(path: string): number {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.size ?? 0
  } catch {
    return 0
  }
}
