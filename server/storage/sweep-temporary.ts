/** @file Removes what a crash left behind: hidden temporary files directly in a directory that nobody can still be writing. */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryPrefix } from '#platform/files/durable-write'

/**
 * @param olderThan - milliseconds since the last write
 * @param now - milliseconds since 1970
 * @returns how many were removed
 */
export async function sweepTemporaryFiles(directory: string, olderThan: number, now: number): Promise<number> {
  let removed = 0
  const names = await readdir(directory).catch(() => [])
  for (const name of names) {
    if (!name.startsWith(temporaryPrefix)) continue
    const path = join(directory, name)
    const stats = await stat(path).catch(() => null)
    if (!stats?.isFile() || now - stats.mtimeMs < olderThan) continue
    await rm(path, { force: true })
    removed++
  }
  return removed
}
