/**
 * @file Finds what a relative path from outside names below an asset root, to be moved or removed: never through a link,
 * never something hidden. (Reading is `#platform/files/open-beneath`.)
 */
import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * @param segments - already judged by `parseRelativePath`
 * @returns the entry's own stats (of a link, not of its target), or null when nothing visible is there
 */
export async function findEntry(root: string, segments: readonly string[]): Promise<Stats | null> {
  if (segments.length === 0 || segments.some((segment) => segment.startsWith('.'))) return null
  let path = root
  for (const segment of segments.slice(0, -1)) {
    path = join(path, segment)
    // A link counts as no directory here, wherever it leads.
    if (!(await lstatOrNull(path))?.isDirectory()) return null
  }
  return lstatOrNull(join(root, ...segments))
}

/** Whether the way to an entry consists of directories, or of nothing yet. */
export async function isFreeOfLinks(root: string, segments: readonly string[]): Promise<boolean> {
  let path = root
  for (const segment of segments) {
    path = join(path, segment)
    const stats = await lstatOrNull(path)
    if (!stats) return true
    if (!stats.isDirectory()) return false
  }
  return true
}

/** `lstat`, or null when there is nothing. @throws other errors of the file system */
export async function lstatOrNull(path: string): Promise<Stats | null> {
  try {
    return await lstat(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'ELOOP') return null
    throw error
  }
}
