/**
 * @file Opens a SQLite file through libsql. One process per file: on a network volume WAL does not work, so the
 * journal is a truncated rollback journal and the lock is held while the file is open.
 *
 * A trap of libsql 0.5: `get` after `all` on one and the same prepared statement answers the last row of `all` when nothing
 * matches. A statement is for `get` or for `all`, never for both.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'libsql'

export type { Database } from 'libsql'

/**
 * @param path - the file; its directory is made
 * @throws when another process holds the file, or it is not a database
 */
export function openDatabase(path: string): Database.Database {
  mkdirSync(dirname(path), { recursive: true })
  const database = new Database(path)
  database.exec('PRAGMA locking_mode=EXCLUSIVE')
  database.exec('PRAGMA journal_mode=TRUNCATE')
  database.exec('PRAGMA synchronous=FULL')
  return database
}
