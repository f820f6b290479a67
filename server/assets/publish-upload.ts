/** @file Gives a finished upload its visible name: one nobody else has, never replacing what is there. */
import { link, lstat, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { SniffedType } from '#platform/media-type'
import { uploadName } from './upload-name.ts'

/** A durable hidden file on the file system of the input directory. */
export interface FinishedFile {
  /** As the client named it, or as the file it was copied from. */
  original: string
  temporary: string
  type: SniffedType
}

export interface PublishOptions {
  /** Absolute path of the input directory, on the file system of the finished file. */
  directory: string
  time: Date
  /** Six hexadecimal digits. */
  randomHex: () => string
  /** Told of the name that is about to be taken, before it is. */
  onName?: (name: string) => Promise<void>
}

/**
 * Moves a durable hidden file to its visible name; whoever calls makes the name durable (`syncDirectory`).
 * @returns the name
 */
export async function publishUpload(
  { original, temporary, type }: FinishedFile,
  { directory, time, randomHex, onName }: PublishOptions,
): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const name = uploadName(original, type, time, randomHex())
    try {
      await onName?.(name)
      await moveExclusively(temporary, join(directory, name))
      return name
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt >= 50) throw error
    }
  }
}

/** `rename` replaces silently; a hard link is the exclusive form. Where links are not supported, a look comes first. */
async function moveExclusively(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EMLINK') throw error
    if (await lstat(to).catch(() => null)) throw Object.assign(new Error('the name is taken'), { code: 'EEXIST' })
    await rename(from, to)
    return
  }
  await unlink(from)
}
