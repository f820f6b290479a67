/**
 * @file Makes disk, queue and history agree when the engine starts: what was running comes back as interrupted, what
 * ended is known, what waited still waits. A lost database is read again from the folders.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type JobRecord, jobIdPattern, studioRunSchema } from '#contracts/jobs'
import { temporaryPrefix } from '#platform/files/durable-write'
import { historyLimit, type JobDatabase } from '../history/job-database.ts'
import type { QueuedJob } from '../queue/prompt-queue.ts'
import { interruptedRecord } from './lifecycle.ts'
import { hasEnded } from './record.ts'
import type { RecordFiles } from './record-file.ts'

export interface ReconcileOptions {
  database: JobDatabase
  files: RecordFiles
  outputDirectory: string
  /** Unix milliseconds. */
  now: () => number
  log: (level: 'info' | 'warn' | 'error', message: string) => void
}

/** Temporary files older than this belong to no writer, in milliseconds. */
const staleAge = 24 * 60 * 60 * 1000

/** Records read and saved at a time when the history is rebuilt. */
const rebuildSlice = 200

/**
 * Before anything is accepted: decides for every row that had not ended.
 * @returns the jobs that are still to run, in order of acceptance
 */
export async function reconcileQueue(options: ReconcileOptions): Promise<Omit<QueuedJob, 'sequence'>[]> {
  const { database, files, log } = options
  const waiting: Omit<QueuedJob, 'sequence'>[] = []
  for (const record of database.unfinished()) {
    // A job gets its folder when it starts.
    if (await files.hasFolder(record.id)) {
      await settleFolder(options, record.id, record)
      log('info', `job ${record.id} had started; it is settled`)
    } else {
      waiting.push({ record, secrets: {}, studio: studioRunOf(record) })
    }
  }
  return waiting
}

/**
 * Reads the history from the folders into an empty database.
 * @returns how many jobs came back
 */
export async function rebuildHistory(options: ReconcileOptions): Promise<number> {
  const { database, files, outputDirectory } = options
  // Names sort by time: the newest are the ones that history keeps.
  const jobs = (await jobFolders(outputDirectory)).sort().slice(-historyLimit)
  let count = 0
  for (let start = 0; start < jobs.length; start += rebuildSlice) {
    const slice = await Promise.all(jobs.slice(start, start + rebuildSlice).map((id) => files.read(id)))
    const ended = slice.filter((record): record is JobRecord => record !== null && hasEnded(record.status))
    // Slices are in order of acceptance; within one the order of finishing is kept.
    ended.sort((a, b) => (a.finished_at ?? 0) - (b.finished_at ?? 0))
    database.addAllEnded(ended)
    count += ended.length
  }
  return count
}

/**
 * In the background, over all folders: settles jobs that were left `.incomplete` and removes stale temporary files.
 * @param isLive - jobs of this engine, which are left alone
 */
export async function reconcileFolders(
  options: ReconcileOptions & { isLive: (job: string) => boolean; signal: AbortSignal },
): Promise<void> {
  const { files, outputDirectory, isLive, signal, log, now } = options
  const isStale = async (path: string) => {
    const stats = await stat(path).catch(() => null)
    return stats !== null && now() - stats.mtimeMs > staleAge
  }
  for (const id of await jobFolders(outputDirectory)) {
    if (signal.aborted) return
    if (isLive(id)) continue
    if (await files.hasMarker(id)) {
      if (isLive(id)) continue
      await settleFolder(options, id, null)
      log('info', `job ${id} was left incomplete; it is settled`)
    }
    await files.sweepTemporaries(id, isStale)
  }
}

/** Removes what interrupted uploads left directly in a directory and one level below. */
export async function sweepStaleUploads(directory: string, now: number, remove: (path: string) => Promise<void>) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    if (!entry.isFile() || !entry.name.startsWith(temporaryPrefix)) continue
    const path = join(entry.parentPath, entry.name)
    const stats = await stat(path).catch(() => null)
    if (stats && now - stats.mtimeMs > staleAge) await remove(path)
  }
}

/** Ends a job whose folder exists and which nothing runs any more. @param known - from the database, or null */
async function settleFolder(options: ReconcileOptions, id: string, known: JobRecord | null): Promise<void> {
  const { database, files, now, log } = options
  const onDisk = await files.read(id)
  const record = onDisk ?? known
  if (record === null) {
    log('warn', `job ${id} is incomplete and has no record that can be read`)
    await files.removeMarker(id)
    return
  }
  const ended = hasEnded(record.status) ? record : interruptedRecord(record, now())
  try {
    if (ended !== onDisk) await files.writeEnded(ended)
  } catch (error) {
    log('error', `job ${id}: the record was not saved: ${(error as Error).message}`)
  }
  // Nothing of this job is being written any more, whatever its age.
  await files.sweepTemporaries(id, async () => true)
  await files.removeMarker(id)
  database.addEnded(ended)
}

async function jobFolders(outputDirectory: string): Promise<string[]> {
  const entries = await readdir(outputDirectory, { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory() && jobIdPattern.test(entry.name)).map((entry) => entry.name)
}

function studioRunOf(record: JobRecord) {
  const parsed = studioRunSchema.safeParse(record.extra_data.studio)
  return parsed.success ? parsed.data : null
}
