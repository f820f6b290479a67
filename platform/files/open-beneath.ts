/**
 * @file The one way to open a file that a request names: beneath a root, never through a link, regular files only.
 * The checks are repeated on the opened descriptor, so a path swapped in between changes nothing.
 */

import type { BigIntStats } from 'node:fs'
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs'
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
    const realParent = segments.length === 1 ? realRoot : await realpath(dirname(path))
    if (!isSpelledOut(realRoot, realParent, segments)) return null
    handle = await open(path, openFlags)
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

/** A file read in one go, or `large` when it is over the limit. */
export type SmallFile = { bytes: Buffer; stats: BigIntStats } | 'large'

/**
 * The same for a small file, read whole and synchronously: five times cheaper than awaiting every step where the disk
 * answers at once. On a disk that may not, use {@link openBeneath}.
 * @param maxBytes - a larger file is not read
 */
export function readSmallBeneath(root: string, segments: readonly string[], maxBytes: number): SmallFile | null {
  if (segments.length === 0) return null
  const path = join(root, ...segments)
  let descriptor: number | undefined
  try {
    const realRoot = realpathSync.native(root)
    const realParent = segments.length === 1 ? realRoot : realpathSync.native(dirname(path))
    if (!isSpelledOut(realRoot, realParent, segments)) return null
    descriptor = openSync(path, openFlags)
    const stats = fstatSync(descriptor, { bigint: true })
    if (!stats.isFile()) return null
    if (stats.size > maxBytes) return 'large'
    const bytes = Buffer.allocUnsafe(Number(stats.size))
    let filled = 0
    while (filled < bytes.length) {
      const count = readSync(descriptor, bytes, filled, bytes.length - filled, filled)
      // It shrank meanwhile: the other way finds out what it is now.
      if (count === 0) return 'large'
      filled += count
    }
    return { bytes, stats }
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** A link anywhere on the way makes the real parent differ from the spelled one. */
function isSpelledOut(realRoot: string, realParent: string, segments: readonly string[]): boolean {
  const expectedParent = segments.length === 1 ? realRoot : join(realRoot, ...segments.slice(0, -1))
  return realParent === expectedParent && (realParent + sep).startsWith(realRoot + sep)
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
