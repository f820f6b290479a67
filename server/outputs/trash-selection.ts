/** @file Moves selected outputs to the trash, with what is needed to undo it. */
import type { TrashEntry } from '#contracts/assets'
import type { TrashSelectionResult } from '#contracts/outputs'
import { countOf, type EventSink } from '../assets/asset-events.ts'
import { deleteAssets } from '../assets/delete-assets.ts'
import type { Trash } from '../assets/trash.ts'
import type { TreeIndex } from '../assets/tree-index.ts'
import type { JobView } from '../jobs/job-view.ts'
import { isLive } from '../jobs/live-jobs.ts'
import type { Found } from './list-outputs.ts'
import type { Selected } from './select.ts'

export type TrashSelection = (selected: Selected) => Promise<TrashSelectionResult>

export interface TrashSelectionDeps {
  index: TreeIndex
  trash: Trash
  /** Absolute path, on the file system of the asset roots. */
  trashDirectory: string
  events: EventSink
  jobs: Pick<JobView, 'find'>
}

export function createTrashSelection(deps: TrashSelectionDeps): TrashSelection {
  const { index, trash, trashDirectory, events, jobs } = deps
  return async ({ found, missing }) => {
    const sizes = new Map<string, { files: number; bytes: number }>()
    for (const each of found) {
      if (isWhole(each)) sizes.set(each.group.folder, sumOf(each.files))
      else for (const file of each.files) sizes.set(file.path, { files: 1, bytes: file.size })
    }
    const entries: TrashEntry[] = []
    const { deleted, errors } = await deleteAssets([...sizes.keys()], {
      ...{ type: 'outputs', root: index.root, trashDirectory, trash },
      isLive: (folder) => isLive(jobs.find(folder)),
      onTrashed: (entry) => entries.push(entry),
    })
    await index.refresh(new Set(deleted.map((path) => path.split('/')[0]!)))
    const result: TrashSelectionResult = {
      ...{ files: 0, bytes: 0, ids: entries.map(({ id }) => id) },
      errors: [...missing.map((path) => `${path}: not found`), ...errors],
    }
    for (const path of deleted) {
      result.files += sizes.get(path)!.files
      result.bytes += sizes.get(path)!.bytes
    }
    if (deleted.length > 0) {
      events.append('assets.deleted', 'info', `${countOf(result.files, 'output')} moved to the trash`, {
        ...{ files: deleted, type: 'outputs' },
      })
    }
    return result
  }
}

/** All of a job: its folder goes, and comes back, as one. Not when something lies in it that nobody saw. */
function isWhole({ group, files }: Found): boolean {
  return group.folder !== '' && files.length === group.files.length && group.onlyMedia
}

function sumOf(files: Found['files']) {
  return { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) }
}
