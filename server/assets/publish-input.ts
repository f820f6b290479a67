/** @file Gives a finished hidden file its visible name in the input directory, one that nobody has. */
import { link, lstat, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { SniffedType } from '#platform/media-type'
import { uploadName } from './upload-name.ts'

export interface PublishInputOptions {
  /** Absolute path of the input directory. */
  directory: string
  /** Six hexadecimal digits. */
  randomHex: () => string
}

/** A durable hidden file in the input directory. */
export interface FinishedInput {
  /** As the client named it, or as the file it was copied from. */
  original: string
  temporary: string
  type: SniffedType
}

/** @returns the name; making it durable (`syncDirectory`) is the caller's, once for many */
export async function publishInput(
  { original, temporary, type }: FinishedInput,
  time: Date,
  { directory, randomHex }: PublishInputOptions,
): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const name = uploadName(original, type, time, randomHex())
    try {
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
