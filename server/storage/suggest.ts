/**
 * @file What could be deleted, with sizes. Pure: reads the indexes in memory and decides, deletes nothing. Each file counts
 * in one suggestion only, and nothing of a job that may still write, nor a starred file, is ever in one.
 */
import type { AssetType } from '#contracts/assets'
import type { Job } from '#contracts/jobs'
import type { Suggestion } from '#contracts/storage'
import type { CleanUp } from '#contracts/vocabulary'
import type { TreeIndex } from '../assets/tree-index.ts'
import type { ContentHashes, SizedFile } from './content-hashes.ts'
import { findDuplicates } from './duplicates.ts'
import { storageKindOf } from './occupancy.ts'

export interface Candidate {
  type: AssetType
  path: string
  size: number
}

/** What one suggestion would delete. */
export interface Candidates {
  files: Candidate[]
  /** Only with consent. */
  finals: Candidate[]
}

export interface SuggestDeps {
  outputs: Pick<TreeIndex, 'folder' | 'folderNames'>
  inputs: Pick<TreeIndex, 'items'>
  hashes: Pick<ContentHashes, 'of'>
  findJob: (id: string) => Job | null
  /** Null while it is not known. */
  usedInputs: () => ReadonlySet<string> | null
  /** How a person marked an output; absent: nothing is marked. */
  markOf?: (path: string) => 'star' | 'reject' | null
  /** Milliseconds since 1970. */
  now: () => number
}

export type FileCleanUp = Exclude<CleanUp, 'trash' | 'thumbnails'>

const endedBadly = new Set<string>(['failed', 'cancelled', 'interrupted'])

/** @param days - how old intermediates and unused inputs must be */
export function findCandidates(deps: SuggestDeps, days: number): Record<FileCleanUp, Candidates> {
  const { outputs, inputs, hashes, findJob, usedInputs, markOf = () => null, now } = deps
  // Any age is any age: a file whose clock is ahead of ours, too.
  const limit = days === 0 ? Number.POSITIVE_INFINITY : now() - days * 86_400_000
  const found: Record<FileCleanUp, Candidates> = {
    rejected: { files: [], finals: [] },
    unfinished: { files: [], finals: [] },
    intermediates: { files: [], finals: [] },
    unused_inputs: { files: [], finals: [] },
    duplicates: { files: [], finals: [] },
  }
  const mayGo: SizedFile[] = []
  for (const name of outputs.folderNames()) {
    const facts = outputs.folder(name)
    if (!facts || facts.incomplete) continue
    const status = findJob(name)?.status
    if (status === 'running' || status === 'queued') continue
    const unfinished = status !== undefined && endedBadly.has(status) && !facts.kept
    for (const { path, size, mtimeMs } of facts.files) {
      const kind = storageKindOf(path)
      const mark = markOf(path)
      if (kind === 'other' || mark === 'star') continue
      const candidate: Candidate = { type: 'outputs', path, size }
      mayGo.push({ type: 'outputs', path, size, mtimeMs })
      if (mark === 'reject') found.rejected[kind === 'finals' ? 'finals' : 'files'].push(candidate)
      else if (kind === 'finals') continue
      else if (unfinished) found.unfinished.files.push(candidate)
      else if (kind === 'intermediates' && mtimeMs <= limit) found.intermediates.files.push(candidate)
    }
  }
  const used = usedInputs()
  if (used) {
    for (const { name, size, modified } of inputs.items()) {
      if (modified * 1000 > limit || used.has(name)) continue
      found.unused_inputs.files.push({ type: 'inputs', path: name, size })
    }
  }
  const keyOf = ({ type, path }: Pick<Candidate, 'type' | 'path'>) => `${type}/${path}`
  const elsewhere = new Set(Object.values(found).flatMap(({ files, finals }) => [...files, ...finals].map(keyOf)))
  const duplicates = findDuplicates({
    inputs: Array.from(inputs.items(), ({ name, size, modified }) => ({
      ...{ type: 'inputs' as const, path: name, size },
      mtimeMs: modified * 1000,
    })),
    outputs: mayGo,
    hashesOf: hashes.of,
    goesElsewhere: (file) => elsewhere.has(keyOf(file)),
    used,
  })
  for (const { type, path, size } of duplicates) {
    const isFinal = type === 'outputs' && storageKindOf(path) === 'finals'
    found.duplicates[isFinal ? 'finals' : 'files'].push({ type, path, size })
  }
  return found
}

/** What people read of candidates; null when there is nothing. */
export function suggestionOf(id: FileCleanUp, { files, finals }: Candidates): Suggestion | null {
  if (files.length === 0 && finals.length === 0) return null
  const folders = new Set(files.filter((file) => file.type === 'outputs').map((file) => file.path.split('/')[0]!))
  return {
    id,
    bytes: bytesOf(files),
    files: files.length,
    jobs: folders.size,
    finals: { bytes: bytesOf(finals), files: finals.length },
    for_good: false,
  }
}

export const bytesOf = (files: readonly { size: number }[]) => files.reduce((sum, { size }) => sum + size, 0)
