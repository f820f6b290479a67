/**
 * @file Removes what a process that was killed left of model transfers: downloads, which nobody takes up again, and parts of
 * uploads to which nothing was added for long. What a person can still go on with stays.
 */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { downloadPrefix, uploadPrefix } from './model-store.ts'

/** An upload that was not gone on with for a week is given up; milliseconds. */
const patience = 7 * 86_400_000

/**
 * Called before the first transfer of this process begins. Links are not followed.
 * @param root - the model directory, with its folders
 * @param now - milliseconds since 1970
 * @returns how many files were removed
 */
export async function sweepPartialModels(root: string, now: number): Promise<number> {
  let removed = 0
  const entries = await readdir(root, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    const path = join(root, entry.name)
    if (entry.isDirectory()) removed += await sweepPartialModels(path, now)
    else if (entry.isFile() && entry.name.startsWith(uploadPrefix) && (await isGivenUp(path, entry.name, now))) {
      await rm(path, { force: true })
      removed++
    }
  }
  return removed
}

async function isGivenUp(path: string, name: string, now: number): Promise<boolean> {
  if (name.startsWith(downloadPrefix)) return true
  const stats = await stat(path).catch(() => null)
  return stats !== null && now - stats.mtimeMs > patience
}
