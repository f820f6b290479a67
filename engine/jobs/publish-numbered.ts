/**
 * @file Gives a finished file the next free number of its series. Two nodes may finish at once, so the name is taken
 * exclusively and the next number tried when it is gone.
 */
import { access, mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { publishFile, syncDirectory } from '#platform/files/durable-write'

export interface Series {
  nameFor: (counter: number) => string
  counterOf: (name: string) => number
}

/** Makes a folder, and makes its name durable. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first !== undefined) await syncDirectory(dirname(first))
}

/**
 * Renames a temporary file of the folder to the next name of the series, durably.
 * @param temporary - a finished file in `folder`
 * @param last - the number this writer gave last in the series, or 0
 * @returns the name it got, and its number
 */
export async function publishNumbered(
  temporary: string,
  folder: string,
  series: Series,
  last: number,
): Promise<{ filename: string; counter: number }> {
  const taken = (await readdir(folder)).map(series.counterOf)
  for (let counter = taken.reduce((a, b) => Math.max(a, b), last) + 1; ; counter++) {
    const name = series.nameFor(counter)
    try {
      await publishExclusively(temporary, join(folder, name))
      return { filename: name, counter }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

async function publishExclusively(temporary: string, target: string): Promise<void> {
  try {
    await publishFile(temporary, target, { exclusive: true })
  } catch (error) {
    // Some network file systems have no hard links. This process is the only writer of the job's folder,
    // so looking first is enough there.
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'].includes(code)) throw error
    if (await exists(target)) throw Object.assign(new Error('name is taken'), { code: 'EEXIST' })
    await publishFile(temporary, target)
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
