/**
 * @file Opens a database whatever state its file is in: a damaged one is put aside and replaced, since what is in it can be
 * made again from the disk.
 */
import { existsSync, renameSync } from 'node:fs'

/** Thrown when another engine works with the same directory. */
export class DatabaseInUseError extends Error {
  override name = 'DatabaseInUseError'
}

export interface OpenOrReplaceOptions<T> {
  /** The database file. */
  path: string
  open: (path: string) => T
  /** Unix milliseconds, for the name of a damaged file. */
  now: number
  /** For the log: `the job database`. */
  what: string
  log: (level: 'warn', message: string) => void
}

/**
 * @returns the database, and whether nothing was there before
 * @throws DatabaseInUseError
 */
export function openOrReplace<T>({ path, open, now, what, log }: OpenOrReplaceOptions<T>): {
  database: T
  isNew: boolean
} {
  const isNew = !existsSync(path)
  try {
    return { database: open(path), isNew }
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code?.startsWith('SQLITE_BUSY') || /locked/.test(message)) {
      throw new DatabaseInUseError(`Another engine is using ${path}.`)
    }
    if (isNew || !isDamage(code, message)) throw error
    const aside = `${path}.damaged-${now}`
    renameSync(path, aside)
    log('warn', `${what} was damaged (${message}); it was moved to ${aside} and is made anew`)
    return { database: open(path), isNew: true }
  }
}

function isDamage(code: string | undefined, message: string): boolean {
  return code?.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || /malformed|not a database/.test(message)
}
