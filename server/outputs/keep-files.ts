/**
 * @file "Keep files" of an interrupted job: a person looked, and what it wrote stays. Said by an empty `.kept` in the job's
 * folder, so that it lasts, and goes to the trash and back with it; hidden, so no listing and no archive shows it.
 */
import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { parseRelativePath } from '#contracts/relative-path'
import { writeFileDurably } from '#platform/files/durable-write'
import { incompleteMarker, keptMarker } from '#platform/studio-directory'
import type { EventSink } from '../assets/asset-events.ts'
import { findEntry } from '../assets/find-entry.ts'
import type { TreeIndex } from '../assets/tree-index.ts'
import { StudioError } from '../http/errors.ts'
import type { JobView } from '../jobs/job-view.ts'
import { isLive } from '../jobs/live-jobs.ts'

export interface KeepFilesDeps {
  index: Pick<TreeIndex, 'root' | 'folder' | 'refresh'>
  jobs: Pick<JobView, 'find' | 'ended' | 'rescan'>
  events: EventSink
}

/**
 * Removes `.incomplete` too, as nothing more is written. Only where the job's own record still says that it runs (a folder
 * that came from elsewhere while the engine was up) it stays, for the engine to settle both when it next starts.
 * @param folder - id of a job, or a folder that nobody has a record of
 * @throws StudioError `not_found`, `conflict` when it may still write, or was not interrupted
 */
export async function keepFiles({ index, jobs, events }: KeepFilesDeps, folder: string): Promise<void> {
  const segments = parseRelativePath(folder)
  const stats = segments?.length === 1 ? await findEntry(index.root, segments) : null
  if (!stats?.isDirectory()) throw new StudioError('not_found', 'There is no such job')
  // A folder that came from elsewhere may not have been looked at yet, nor, after a restart, the record of a job that runs.
  await index.refresh([folder])
  if (!jobs.find(folder)) await jobs.rescan([folder])
  const job = jobs.find(folder)
  if (job && isLive(job)) throw new StudioError('conflict', `The job is ${job.status}`)
  const interrupted = job ? job.status === 'interrupted' : index.folder(folder)?.incomplete === true
  if (!interrupted) throw new StudioError('conflict', 'The job was not interrupted')
  await writeFileDurably(join(index.root, folder, keptMarker), '')
  if (!jobs.ended.get(folder)?.presumed) await unlink(join(index.root, folder, incompleteMarker)).catch(ignoreMissing)
  await index.refresh([folder])
  events.append('assets.changed', 'info', `The files of ${job?.workflow?.name ?? folder} are kept`, {
    ...{ type: 'outputs', folders: [folder] },
  })
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
