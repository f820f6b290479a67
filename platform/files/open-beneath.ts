/**
 * @file The one way to open a file that a request names: beneath a root, never through a link, regular files only.
 * The checks are repeated on the opened descriptor, so a path swapped in between changes nothing.
 */

import type { BigIntStats } from 'node:fs'
import { constants } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'

export interface OpenedFile {
  handle: FileHandle
  stats: BigIntStats
  path: string
}

/**
 * Opens a file for reading.
 * @param root - absolute directory that must contain it
 * @param segments - already judged by `parseRelativePath`
 * @returns the open handle (the caller closes it), or null when there is no such regular file beneath the root
 */
export async function openBeneath(root: string, segments: readonly string[]): Promise<OpenedFile | null> {
  if (segments.length === 0) return null
  const path = join(root, ...segments)
  let handle: FileHandle | undefined
  try {
    const realRoot = await realpath(root)
    const realParent = await realpath(dirname(path))
    const expectedParent = segments.length === 1 ? realRoot : join(realRoot, ...segments.slice(0, -1))
    // A link anywhere on the way makes the real parent differ from the spelled one.
    if (realParent !== expectedParent || !(realParent + sep).startsWith(realRoot + sep)) return null
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stats = await handle.stat({ bigint: true })
    if (!stats.isFile()) {
      await handle.close()
      return null
    }
    return { handle, stats, path }
  } catch (error) {
    await handle?.close().catch(() => undefined)
    if (isMissing(error)) return null
    throw error
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return (
    code === 'ENOENT' ||
    code === 'ENOTDIR' ||
    code === 'ELOOP' ||
    code === 'ENAMETOOLONG' ||
    code === 'ENXIO' ||
    code === 'EACCES' ||
    code === 'EISDIR'
  )
}
