/**
 * @file Deletes files and job folders, or moves them to the trash: each entry on its own, in the order asked for. Links are
 * removed themselves, never followed; nothing outside the root and never the root.
 */
import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { mkdir, rename, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { AssetType, DeleteResult, TrashEntry } from '#contracts/assets'
import { parseRelativePath } from '#contracts/relative-path'
import { incompleteMarker } from '#platform/studio-directory'
import { findEntry, lstatOrNull } from './find-entry.ts'
import type { Trash } from './trash.ts'

export interface DeleteAssetsOptions {
  type: AssetType
  root: string
  /** Same file system as the root: a folder disappears by one rename, then its bytes are freed. */
  trashDirectory: string
  /** Where entries go instead of being deleted; absent: deleted for good. */
  trash?: Trash
  /** Whether a folder's job may still write. A marker of another one was left behind. @default yes */
  isLive?: ((folder: string) => boolean) | undefined
  /** Told of each entry that went to the trash. */
  onTrashed?: (entry: TrashEntry) => void
}

/** Leftovers of an interrupted deletion begin with this; they are removed at the next start. */
export const deletingPrefix = '.deleting-'

export async function deleteAssets(paths: readonly string[], options: DeleteAssetsOptions): Promise<DeleteResult> {
  const result: DeleteResult = { deleted: [], errors: [] }
  for (const path of paths) {
    const reason = await deleteOne(path, options)
    if (reason === null) result.deleted.push(path)
    else result.errors.push(`${path}: ${reason}`)
  }
  return result
}

/** @returns why it was not deleted, or null */
async function deleteOne(path: string, options: DeleteAssetsOptions): Promise<string | null> {
  const segments = parseRelativePath(path)
  if (!segments) return 'invalid path'
  try {
    const stats = await findEntry(options.root, segments)
    if (!stats) return 'not found'
    if (stats.isDirectory() && segments.length > 1) return 'directory deletion not allowed'
    if (options.type === 'outputs' && (await isRunning(options, segments[0]!))) return 'job is running'
    if (options.trash) {
      const entry = await options.trash.put(options.type, segments, stats)
      options.onTrashed?.(entry)
    } else await removeForGood(join(options.root, ...segments), stats, options.trashDirectory)
    return null
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') return 'not found'
    if (code === 'EXDEV') return 'the trash is on another disk'
    return `could not be deleted (${code ?? 'unknown error'})`
  }
}

async function isRunning({ root, isLive }: DeleteAssetsOptions, folder: string): Promise<boolean> {
  return (await lstatOrNull(join(root, folder, incompleteMarker))) !== null && (isLive?.(folder) ?? true)
}

async function removeForGood(path: string, stats: Stats, trashDirectory: string): Promise<void> {
  if (!stats.isDirectory()) return unlink(path)
  const aside = join(trashDirectory, `${deletingPrefix}${randomBytes(6).toString('hex')}`)
  try {
    await mkdir(trashDirectory, { recursive: true })
    await rename(path, aside)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    // Deleting must work on a full disk and across file systems too; then the folder goes where it stands.
    if (code !== 'EXDEV' && code !== 'ENOSPC' && code !== 'EDQUOT') throw error
    return rm(path, { recursive: true, force: true, maxRetries: 2 })
  }
  await rm(aside, { recursive: true, force: true, maxRetries: 2 })
}
