/**
 * @file Opens the job database of an engine, whatever state it is in: a new one is marked as such so that it can be
 * filled from the folders, a damaged one is put aside and replaced.
 */
import { existsSync, renameSync } from 'node:fs'
import { type JobDatabase, openJobDatabase } from './job-database.ts'

export interface OpenedHistory {
  database: JobDatabase
  /** True when nothing was there before: history may still be in the folders. */
  isNew: boolean
}

/** Thrown when another engine works with the same directory. */
export class DatabaseInUseError extends Error {
  override name = 'DatabaseInUseError'
}

/**
 * @param path - the database file
 * @param now - Unix milliseconds, for the name of a damaged file
 * @throws DatabaseInUseError
 */
export function openHistory(path: string, now: number, log: (level: 'warn', message: string) => void): OpenedHistory {
  const isNew = !existsSync(path)
  try {
    return { database: openJobDatabase(path), isNew }
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code?.startsWith('SQLITE_BUSY') || /locked/.test(message)) {
      throw new DatabaseInUseError(`Another engine is using ${path}.`)
    }
    if (isNew || !isDamage(code, message)) throw error
    const aside = `${path}.damaged-${now}`
    renameSync(path, aside)
    log('warn', `the job database was damaged (${message}); it was moved to ${aside} and is made anew`)
    return { database: openJobDatabase(path), isNew: true }
  }
}

function isDamage(code: string | undefined, message: string): boolean {
  return code?.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || /malformed|not a database/.test(message)
}
