/**
 * @file A job's folder as far as the engine itself writes it: made exclusively, marked `.incomplete` while the job may
 * still write, with `job.json` inside. The files of a run are written by the runner.
 */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobRecord } from '#contracts/jobs'
import { temporaryPrefix, writeFileDurably } from '#platform/files/durable-write'
import { parseRecord, recordText } from '#platform/job-record-text'
import { incompleteMarker, jobRecordName } from '#platform/studio-directory'

/** @param outputDirectory - absolute; job folders lie directly in it */
export function createRecordFiles(outputDirectory: string) {
  const folder = (id: string) => join(outputDirectory, id)

  return {
    /**
     * Makes the folder with its marker. @throws EEXIST when the folder is there already
     */
    async createFolder(id: string): Promise<void> {
      await mkdir(outputDirectory, { recursive: true })
      await mkdir(folder(id))
      await writeFile(join(folder(id), incompleteMarker), '', { flag: 'wx' })
    },

    /** Looks once, synchronously: a name is chosen and taken in one step. */
    isTaken: (id: string): boolean => existsSync(folder(id)),

    async hasFolder(id: string): Promise<boolean> {
      return (await stat(folder(id)).catch(() => null))?.isDirectory() ?? false
    },

    async hasMarker(id: string): Promise<boolean> {
      return (await stat(join(folder(id), incompleteMarker)).catch(() => null)) !== null
    },

    /** Replaces `job.json` durably. */
    async write(record: JobRecord): Promise<void> {
      await writeFileDurably(join(folder(record.id), jobRecordName), `${recordText(record)}\n`)
    },

    /** Says that nothing more will be written; needs no space on the disk. */
    async removeMarker(id: string): Promise<void> {
      await unlink(join(folder(id), incompleteMarker)).catch(ignoreMissing)
    },

    /** The same for a job that ended, maybe before it had a folder. */
    async writeEnded(record: JobRecord): Promise<void> {
      await mkdir(folder(record.id), { recursive: true })
      await this.write(record)
    },

    /** The record on disk, or null when there is none that can be read. */
    async read(id: string): Promise<JobRecord | null> {
      const text = await readFile(join(folder(id), jobRecordName), 'utf8').catch(() => null)
      if (text === null) return null
      const record = parseRecord(text)
      return record?.id === id ? record : null
    },

    /** Removes what a writer left half done. @returns how many files went */
    async sweepTemporaries(id: string, isStale: (path: string) => Promise<boolean>): Promise<number> {
      const entries = await readdir(folder(id), { recursive: true, withFileTypes: true }).catch(() => [])
      let removed = 0
      for (const entry of entries) {
        if (!entry.isFile() || !entry.name.startsWith(temporaryPrefix)) continue
        const path = join(entry.parentPath, entry.name)
        if (!(await isStale(path))) continue
        await rm(path, { force: true })
        removed++
      }
      return removed
    },
  }
}

export type RecordFiles = ReturnType<typeof createRecordFiles>

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
