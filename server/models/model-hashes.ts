/** @file SHA-256 of model files the studio received itself, kept with size and time so that a changed file has none. */
import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { sha256Schema } from '#contracts/models'
import { writeFileDurably } from '#platform/files/durable-write'

const fileSchema = z.record(z.string(), z.object({ size: z.int(), modified: z.number(), sha256: sha256Schema }))

export interface ModelHashes {
  /** @param path - `folder/file`; `modified` in Unix seconds */
  find(path: string, size: number, modified: number): string | null
  remember(path: string, size: number, modified: number, sha256: string): Promise<void>
}

/** @param path - absolute; losing it loses the hashes only */
export async function loadModelHashes(path: string): Promise<ModelHashes> {
  let known: z.infer<typeof fileSchema> = {}
  try {
    known = fileSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    // None yet.
  }
  return {
    find(file, size, modified) {
      const entry = Object.hasOwn(known, file) ? known[file] : undefined
      return entry && entry.size === size && entry.modified === modified ? entry.sha256 : null
    },
    async remember(file, size, modified, sha256) {
      known = { ...known, [file]: { size, modified, sha256 } }
      await writeFileDurably(path, JSON.stringify(known))
    },
  }
}
