/**
 * @file Checksums that were recorded when a job's files were written (`job.json`). They hold as long as size and time do,
 * and they travel in the archive: what unpacks cleanly at home is what the job wrote.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { jobFileSchema } from '#contracts/jobs'
import { jobRecordName } from '#platform/studio-directory'
import type { PlannedFile } from './plan.ts'

export interface RecordedCrcs {
  /** @returns the recorded checksum, or undefined when there is none that still holds */
  find(file: PlannedFile): Promise<number | undefined>
}

/** Only what is needed: a record of another version, or one with more in it, still tells its checksums. */
const recordSchema = z.object({
  outputs: z.array(jobFileSchema.pick({ filename: true, subfolder: true, size: true, crc32: true, modified_ns: true })),
})
type Recorded = z.infer<typeof recordSchema>['outputs'][number]

/**
 * @param root - absolute path of the output directory. Files are asked for in path order, so the record of one job is kept
 * at a time. Make one per download.
 */
export function createRecordedCrcs(root: string): RecordedCrcs {
  let job: string | undefined
  let recorded = new Map<string, Recorded>()

  async function load(folder: string): Promise<Map<string, Recorded>> {
    try {
      const { outputs } = recordSchema.parse(JSON.parse(await readFile(join(root, folder, jobRecordName), 'utf8')))
      return new Map(outputs.map((output) => [`${output.subfolder}/${output.filename}`, output]))
    } catch {
      // No record, or not one of ours: the checksum is computed.
      return new Map()
    }
  }

  return {
    async find({ path, size, mtimeNs }) {
      const slash = path.indexOf('/')
      if (slash < 0) return undefined
      const folder = path.slice(0, slash)
      if (folder !== job) {
        recorded = await load(folder)
        job = folder
      }
      const entry = recorded.get(path)
      return entry && entry.size === size && entry.modified_ns === mtimeNs ? entry.crc32 : undefined
    },
  }
}
