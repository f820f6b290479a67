/**
 * @file What fills the disk, by kind, by job and by age: sums over what the indexes hold in memory. Walks no disk; who
 * counts models, trash and the rest is given.
 */
import type { Job } from '#contracts/jobs'
import type { Storage, StorageAmount, StorageKinds, StoredJob } from '#contracts/storage'
import { jobRecordName } from '#platform/studio-directory'
import type { FolderFacts } from '../assets/folder-scan.ts'
import { outputKindOf } from '../assets/studio-folder.ts'
import type { TreeIndex } from '../assets/tree-index.ts'

/** Which kind of storage a file below the output root is. */
export function storageKindOf(path: string): 'finals' | 'previews' | 'intermediates' | 'other' {
  if (isRecord(path)) return 'other'
  return `${outputKindOf(path)}s`
}

/** The job's own record: settings, not an output. */
export const isRecord = (path: string) => path.endsWith(`/${jobRecordName}`) && path.split('/').length === 2

export interface OccupancyDeps {
  outputs: Pick<TreeIndex, 'folder' | 'folderNames' | 'items' | 'version'>
  inputs: Pick<TreeIndex, 'items' | 'version'>
  findJob: (id: string) => Job | null
  /** What no index of files counts. */
  counted: () => Pick<StorageKinds, 'models' | 'trash' | 'cache' | 'other'>
  /** Milliseconds since 1970. */
  now: () => number
}

export type Occupancy = Pick<Storage, 'by_kind' | 'by_job' | 'by_age'>

/** Days of the age groups; what is older is the last group. */
const ageDays = [1, 7, 30, 90]
const maxJobs = 100
const nothing = (): StorageAmount => ({ bytes: 0, files: 0 })

export function measureOccupancy(deps: OccupancyDeps): Occupancy {
  const { outputs, inputs, findJob, counted, now } = deps
  const fixed = counted()
  const kinds: StorageKinds = {
    finals: nothing(),
    previews: nothing(),
    intermediates: nothing(),
    inputs: nothing(),
    models: fixed.models,
    trash: fixed.trash,
    cache: fixed.cache,
    other: { ...fixed.other },
  }
  const ages = [...ageDays, null].map((days) => ({ days, ...nothing() }))
  const grow = (amount: StorageAmount, bytes: number) => {
    amount.bytes += bytes
    amount.files++
  }
  const age = (modified: number, bytes: number) => {
    const days = (now() / 1000 - modified) / 86_400
    grow(ages.find((group) => group.days === null || days < group.days)!, bytes)
  }
  const byJob: StoredJob[] = []
  for (const name of outputs.folderNames()) {
    const facts = outputs.folder(name)
    if (!facts) continue
    for (const { path, size, mtimeMs } of facts.files) {
      grow(kinds[storageKindOf(path)], size)
      age(mtimeMs / 1000, size)
    }
    byJob.push(storedJob(facts, findJob(name)))
  }
  for (const { group, size, modified } of outputs.items()) {
    if (group !== 'files') continue
    grow(kinds.finals, size)
    age(modified, size)
  }
  for (const { size, modified } of inputs.items()) {
    grow(kinds.inputs, size)
    age(modified, size)
  }
  byJob.sort((a, b) => b.bytes - a.bytes || (a.job < b.job ? 1 : -1))
  return { by_kind: kinds, by_job: byJob.slice(0, maxJobs), by_age: ages }
}

function storedJob(facts: FolderFacts, job: Job | null): StoredJob {
  const bytes = { finals: 0, previews: 0, intermediates: 0, other: 0 }
  let modified = 0
  for (const file of facts.files) {
    bytes[storageKindOf(file.path)] += file.size
    modified = Math.max(modified, file.mtimeMs)
  }
  const { other, ...kinds } = bytes
  return {
    job: facts.name,
    name: job?.workflow?.name ?? null,
    status: job?.status ?? null,
    modified: (modified || facts.mtimeMs) / 1000,
    bytes: other + kinds.finals + kinds.previews + kinds.intermediates,
    ...kinds,
  }
}
