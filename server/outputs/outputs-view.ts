/**
 * @file All outputs grouped per job, in listing order, in memory: what the outputs index sees on disk and what the jobs'
 * records say. Groups are made anew one by one, when something of them changed; no request walks the disk.
 */

import type { FileFact } from '../assets/folder-scan.ts'
import { comparePaths } from '../assets/path-order.ts'
import type { TreeIndex } from '../assets/tree-index.ts'
import type { JobView } from '../jobs/job-view.ts'
import type { PictureFacts } from '../thumbnails/messages.ts'
import { describeGroup, type Group } from './output-group.ts'

export interface OutputsView {
  /** Fulfilled when the view is as true as the disk right now. */
  ready(): Promise<void>
  /** Running first, then by time, newest first. The same array as long as nothing changed. */
  groups(): readonly Group[]
  /** Rises with every change. */
  readonly version: number
  /** What a search looks in beside the names of files, lower case. */
  searchTextOf(group: Group): string
  /** Something was found out about the pictures of this folder. */
  touch(folder: string): void
  close(): void
}

export interface OutputsViewOptions {
  index: TreeIndex
  jobs: Pick<JobView, 'find' | 'onChange' | 'searchTextOf'>
  factsOf?: (file: FileFact) => PictureFacts | undefined
  /** Fulfilled when {@link OutputsViewOptions.factsOf} knows what it knows. */
  factsReady?: Promise<void>
}

export function createOutputsView(options: OutputsViewOptions): OutputsView {
  const { index, jobs, factsOf = () => undefined, factsReady } = options
  /** `null`: shows nothing. Absent: to be made. */
  const known = new Map<string, Group | null>()
  let sorted: Group[] | undefined
  let version = 1

  const touch = (folder: string) => {
    known.delete(folder)
    sorted = undefined
    version++
  }
  const stopIndex = index.onChange(({ names }) => {
    for (const name of names) known.delete(name)
    // A name may also be a file directly in the root.
    touch('')
  })
  const stopJobs = jobs.onChange(({ kind, job }) => {
    if (kind !== 'moved' && kind !== 'queued') touch(job.id)
  })

  function make(folder: string): Group | null {
    const facts = index.folder(folder)
    if (!facts) return null
    return describeGroup({ ...facts, folder, job: jobs.find(folder), factsOf })
  }

  function makeLoose(): Group | null {
    const files = [...index.looseFiles()].filter((file) => file.media !== null)
    if (files.length === 0) return null
    files.sort((a, b) => comparePaths(a.path, b.path))
    return describeGroup({
      ...{ folder: '', files, marks: index.looseMarks, mtimeMs: 0, job: null },
      ...{ incomplete: false, kept: false },
      factsOf,
    })
  }

  function kept(folder: string, create: (folder: string) => Group | null): Group | null {
    let group = known.get(folder)
    if (group === undefined) {
      group = create(folder)
      known.set(folder, group)
    }
    return group
  }

  return {
    ready: async () => {
      await factsReady
      await (index.settle() ?? index.ready)
    },
    groups() {
      if (sorted) return sorted
      const groups = [kept('', makeLoose)]
      for (const name of index.folderNames()) groups.push(kept(name, make))
      sorted = groups.filter((group) => group !== null).sort(inListingOrder)
      return sorted
    },
    get version() {
      return version
    },
    searchTextOf: ({ folder }) => jobs.searchTextOf(folder) ?? folder.toLowerCase(),
    touch,
    close() {
      stopIndex()
      stopJobs()
    },
  }
}

/** What names a group's place. */
export type GroupPlace = Pick<Group, 'status' | 'at' | 'folder'>

/** Below 0 when `a` is listed before `b`. */
export function inListingOrder(a: GroupPlace, b: GroupPlace): number {
  const running = Number(b.status === 'running') - Number(a.status === 'running')
  return running || b.at - a.at || comparePaths(b.folder, a.folder)
}
