/**
 * @file Reads `job.json` files below the output root. Never writes: the record is the engine's.
 */
import { readdir } from 'node:fs/promises'
import { type Job, type JobRecord, jobIdPattern } from '#contracts/jobs'
import { openBeneath } from '#platform/files/open-beneath'
import { parseRecord } from '#platform/job-record-text'
import { jobRecordName } from '#platform/studio-directory'

export interface JobRecords {
  /** Names of all job folders, newest first. An absent output root has none. */
  names(): Promise<string[]>
  /**
   * @returns null when there is no such folder or record, or it is not a record this version understands
   * @throws the file system's error when the disk fails
   */
  read(id: string): Promise<JobRecord | null>
}

/** A record is a graph and its results; what is bigger is not one. */
const maxRecordBytes = 64 * 1024 * 1024

/**
 * @param outputRoot - absolute path
 * @param onDamaged - told of a folder whose record cannot be understood
 */
export function createJobRecords(outputRoot: string, onDamaged?: (id: string, reason: string) => void): JobRecords {
  /** Said once per folder, although every rescan meets it again. */
  const said = new Set<string>()
  const damaged = (id: string, reason: string): null => {
    if (!said.has(id)) onDamaged?.(id, reason)
    said.add(id)
    return null
  }

  return {
    async names() {
      try {
        const entries = await readdir(outputRoot, { withFileTypes: true })
        const names = entries.filter((entry) => entry.isDirectory() && jobIdPattern.test(entry.name))
        return names.map((entry) => entry.name).sort((a, b) => (a < b ? 1 : -1))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw error
      }
    },

    async read(id) {
      if (!jobIdPattern.test(id)) return null
      const file = await openBeneath(outputRoot, [id, jobRecordName])
      if (!file) return null
      try {
        if (file.stats.size > maxRecordBytes) return damaged(id, 'the record is too big')
        const record = parseRecord(await file.handle.readFile('utf8'))
        if (!record) return damaged(id, 'the record is not readable')
        return record.id === id ? record : damaged(id, 'the record names another job')
      } finally {
        await file.handle.close()
      }
    },
  }
}

/** The job a record describes, without its graph. */
export function jobOfRecord(record: JobRecord): Job {
  const { version, client_id, prompt, extra_data, outputs_to_execute, nodes, history, ...job } = record
  return { ...job, progress: null }
}
