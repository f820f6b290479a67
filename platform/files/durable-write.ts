/**
 * @file A visible file is complete: hidden temporary name beside the target, fsync, rename, fsync of the directory.
 */
import { randomBytes } from 'node:crypto'
import { link, open, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Prefix of temporary names; hidden, so that no listing shows them, and swept when they are old. */
export const temporaryPrefix = '.tmp-'

export function temporaryPathBeside(target: string): string {
  return join(dirname(target), `${temporaryPrefix}${randomBytes(6).toString('hex')}`)
}

/** Makes the bytes of a file durable. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes names in a directory durable. Some network file systems refuse this; the rename itself is atomic there. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'EINVAL' && code !== 'EPERM' && code !== 'ENOTSUP') throw error
  } finally {
    await handle.close()
  }
}

/**
 * Moves a finished temporary file to its visible name, durably.
 * @param exclusive - refuse to replace an existing file
 * @throws EEXIST when `exclusive` and the name is taken
 */
export async function publishFile(temporary: string, target: string, { exclusive = false } = {}): Promise<void> {
  await syncFile(temporary)
  if (exclusive) {
    // rename() replaces silently; a hard link is the portable exclusive form.
    await link(temporary, target)
    await unlink(temporary)
  } else {
    await rename(temporary, target)
  }
  await syncDirectory(dirname(target))
}

/** Writes a small file (JSON, text) durably, replacing what was there in one step. */
export async function writeFileDurably(target: string, content: string | Uint8Array): Promise<void> {
  const temporary = temporaryPathBeside(target)
  try {
    const handle = await open(temporary, 'wx')
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, target)
    await syncDirectory(dirname(target))
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}

/** True for the errors that mean "no space": full disk or quota. */
export function isOutOfSpace(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return code === 'ENOSPC' || code === 'EDQUOT'
}
