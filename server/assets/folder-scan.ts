/**
 * @file Reads one top-level entry of an asset root from disk: the visible files below a folder, with size and time.
 * Hidden names, links and special files do not exist here. Generators, so that a caller can run them in slices.
 */
import { type Dirent, lstatSync, readdirSync, type Stats } from 'node:fs'
import { type MediaKind, mediaKindOfName } from '#contracts/media'
import { incompleteMarker, keptMarker } from '#platform/studio-directory'
import { type Marks, marksFileName, noMarks, readMarks, sameMarks } from '../marks/marks-file.ts'
import { comparePaths } from './path-order.ts'

export interface FileFact {
  /** Relative to the asset root, `/` between parts. */
  path: string
  size: number
  /** Milliseconds with a fraction. */
  mtimeMs: number
  media: MediaKind | null
}

export interface FolderFacts {
  name: string
  /** Every visible regular file below it, in path order. */
  files: FileFact[]
  /**
   * Each directory of it (relative to the root) and its modification time when it was read; `NaN` when it changed so
   * shortly before that a later change could carry the same time.
   */
  directories: Map<string, number>
  /** The marker of a running job is there. */
  incomplete: boolean
  /** A person keeps what an interrupted job wrote. */
  kept: boolean
  /** By path relative to the folder, of files that are there and of files that may come back. */
  marks: Marks
  mtimeMs: number
}

/** A directory this young when it is read is read again: some file systems count time in whole seconds. */
const racyMilliseconds = 2000

/**
 * Reads a folder directly below the root.
 * @param root - absolute, without a slash at its end
 * @param wallClock - milliseconds since 1970
 * @param own - what `lstat` just said of the folder, when the caller asked already
 * @returns null when there is no such directory
 */
export function* scanFolder(
  root: string,
  name: string,
  wallClock: () => number,
  own: Stats | null = statOrNull(`${root}/${name}`),
): Generator<void, FolderFacts | null> {
  if (!own?.isDirectory()) return null
  const facts: FolderFacts = {
    name,
    files: [],
    directories: new Map(),
    incomplete: false,
    kept: false,
    marks: noMarks,
    mtimeMs: own.mtimeMs,
  }
  const pending = [name]
  let steps = 0
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    const before = directory === name ? own : statOrNull(`${root}/${directory}`)
    if (!before?.isDirectory()) continue
    facts.directories.set(directory, directoryTime(before, wallClock()))
    for (const entry of readDirectory(`${root}/${directory}`)) {
      if (directory === name && entry.name === incompleteMarker) facts.incomplete = true
      if (directory === name && entry.name === keptMarker) facts.kept = true
      if (directory === name && entry.name === marksFileName) facts.marks = readMarks(`${root}/${name}`)
      if (entry.name.startsWith('.')) continue
      const path = `${directory}/${entry.name}`
      if (entry.isDirectory()) pending.push(path)
      else if (entry.isFile()) {
        const fact = readFileFact(root, path)
        if (fact) facts.files.push(fact)
      }
      if (++steps % 64 === 0) yield
    }
  }
  facts.files.sort((a, b) => comparePaths(a.path, b.path))
  return facts
}

/** One visible regular file, or null when there is none under this path. */
export function readFileFact(root: string, path: string): FileFact | null {
  const stats = statOrNull(`${root}/${path}`)
  if (!stats?.isFile()) return null
  return { path, size: stats.size, mtimeMs: stats.mtimeMs, media: mediaKindOfName(path) }
}

/** The time to remember for a directory read now; see {@link FolderFacts.directories}. */
export function directoryTime(stats: Stats, now: number): number {
  return Math.abs(now - stats.mtimeMs) < racyMilliseconds ? Number.NaN : stats.mtimeMs
}

/** The entries of a directory; empty when it went away or may not be read. */
export function readDirectory(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return []
    throw error
  }
}

/** `lstat` that answers null instead of throwing when the path is gone or not accessible. */
export function statOrNull(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOTDIR' || code === 'EACCES' || code === 'ENAMETOOLONG' || code === 'ELOOP') return null
    throw error
  }
}

/** Whether two readings of a folder show the same to everybody. */
export function sameFolder(a: FolderFacts, b: FolderFacts): boolean {
  return (
    a.incomplete === b.incomplete &&
    a.kept === b.kept &&
    sameMarks(a.marks, b.marks) &&
    a.files.length === b.files.length &&
    (a.files.length > 0 || a.mtimeMs === b.mtimeMs) &&
    a.files.every((file, index) => sameFile(file, b.files[index]!))
  )
}

export function sameFile(a: FileFact, b: FileFact): boolean {
  return a.path === b.path && a.size === b.size && a.mtimeMs === b.mtimeMs
}
