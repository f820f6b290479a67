/**
 * @file The marks of a folder's files: `.marks.json` in the folder itself, `{"final/a.png": "star"}`, paths relative to the
 * folder. Hidden, so no listing and no archive shows it; inside, so it goes to the trash and back with its job.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { markSchema } from '#contracts/jobs'
import type { Mark } from '#contracts/vocabulary'
import { writeFileDurably } from '#platform/files/durable-write'

export const marksFileName = '.marks.json'

/** Path relative to the folder → mark. */
export type Marks = ReadonlyMap<string, Mark>

export const noMarks: Marks = new Map()

/** Ten thousand long names; what is bigger was not written here. */
const maxBytes = 4 * 1024 * 1024
const marksSchema = z.record(z.string(), markSchema)

/** Never throws and follows no link: marks that cannot be read are none. @param folder - absolute path */
export function readMarks(folder: string): Marks {
  let descriptor: number | undefined
  try {
    descriptor = openSync(join(folder, marksFileName), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stats = fstatSync(descriptor)
    if (!stats.isFile() || stats.size > maxBytes) return noMarks
    return new Map(Object.entries(marksSchema.parse(JSON.parse(readFileSync(descriptor, 'utf8')))))
  } catch {
    return noMarks
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/** Replaces the marks of a folder in one step. @throws the file system's error */
export async function writeMarks(folder: string, marks: Marks): Promise<void> {
  const sorted = [...marks].sort(([a], [b]) => (a < b ? -1 : 1))
  await writeFileDurably(join(folder, marksFileName), `${JSON.stringify(Object.fromEntries(sorted))}\n`)
}

export function sameMarks(a: Marks, b: Marks): boolean {
  return a === b || (a.size === b.size && [...a].every(([path, mark]) => b.get(path) === mark))
}
