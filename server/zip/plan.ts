/**
 * @file A zip plan: the frozen list of what an archive holds. From it every byte of the archive follows, so it can be sent
 * in parts, today or tomorrow, as long as its files stay what they were.
 */
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mediaKindOfName } from '#contracts/media'
import { incompleteMarker } from '#platform/studio-directory'
import { comparePaths } from '../assets/path-order.ts'
import { entryNames } from './entry-names.ts'

export interface PlannedFile {
  /** Relative to the root, as text. */
  path: string
  /** Name inside the archive. */
  name: string
  size: number
  /** Modification time in nanoseconds since 1970, decimal. */
  mtimeNs: string
  /** Base64 of the path's bytes, when they are not UTF-8. */
  rawPath?: string
  /** Base64 of the file itself, frozen because it is still being rewritten (the record of a running job). */
  content?: string
}

export interface ZipPlan {
  /** Names the exact bytes of the archive. */
  id: string
  /** Milliseconds since 1970. */
  createdAt: number
  /** `outputs`: everything; `selection`: what somebody picked of it; `inputs`: what somebody picked of the inputs. */
  scope: 'outputs' | 'selection' | 'inputs'
  /** Sorted by path. */
  files: PlannedFile[]
}

/** A record of a running job larger than this is not frozen but left to its luck. */
const maxFrozenBytes = 256 * 1024

/** What a walk finds: a {@link PlannedFile} before it has a name inside the archive. */
type FoundFile = Omit<PlannedFile, 'name'>

/**
 * Freezes what lies below the root now. Hidden names, links and special files are left out.
 * @param start - relative paths to begin at; the root itself when absent
 * @param accept - which files are taken
 */
export function* makePlan(
  root: string,
  options: {
    createdAt: number
    scope: ZipPlan['scope']
    start?: readonly string[]
    accept?: (path: string) => boolean
  },
): Generator<void, ZipPlan> {
  const found = new Map<string, FoundFile>()
  for (const start of options.start ?? ['']) {
    for (const file of yield* walk(root, Buffer.from(start))) {
      // Two names that are not UTF-8 may look the same as text; both are kept.
      const key = file.rawPath ?? file.path
      if (options.accept?.(file.path) ?? true) found.set(key, file)
    }
  }
  const sorted = [...found.values()].sort(
    (a, b) => comparePaths(a.path, b.path) || comparePaths(a.rawPath ?? '', b.rawPath ?? ''),
  )
  const names = entryNames(distinctPaths(sorted))
  const hash = createHash('sha256')
  // The same name, size and time below the other root is another file.
  if (options.scope === 'inputs') hash.update('inputs\n')
  const files: PlannedFile[] = []
  for (const [index, file] of sorted.entries()) {
    const name = names[index]!
    hash.update(`${JSON.stringify(name)} ${file.size} ${file.mtimeNs}\n`)
    files.push({ ...file, name })
    if (index % 256 === 0) yield
  }
  return { id: hash.digest('hex').slice(0, 32), createdAt: options.createdAt, scope: options.scope, files }
}

/** Whether every file of a plan is still there, unchanged. */
export function* isUnchanged(root: string, plan: ZipPlan): Generator<void, boolean> {
  for (const file of plan.files) {
    if (file.content !== undefined) continue
    const stats = lstatSync(absolutePath(root, file), { bigint: true, throwIfNoEntry: false })
    if (!stats?.isFile() || Number(stats.size) !== file.size || String(stats.mtimeNs) !== file.mtimeNs) return false
    yield
  }
  return true
}

/** Where a planned file lies. Bytes, since a name on disk need not be UTF-8. */
export function absolutePath(root: string, file: Pick<PlannedFile, 'path' | 'rawPath'>): string | Buffer {
  if (file.rawPath === undefined) return join(root, file.path)
  return Buffer.concat([Buffer.from(`${root}/`), Buffer.from(file.rawPath, 'base64')])
}

/** Paths relative to the root as bytes: text would lose names that are not UTF-8. */
function* walk(root: string, start: Buffer): Generator<void, FoundFile[]> {
  const files: FoundFile[] = []
  const absolute = (path: Buffer) =>
    path.length === 0 ? Buffer.from(root) : Buffer.concat([Buffer.from(`${root}/`), path])
  const stats = lstatSync(absolute(start), { bigint: true, throwIfNoEntry: false })
  if (stats?.isFile()) {
    files.push(foundFile(start, stats, undefined))
    return files
  }
  const pending = stats?.isDirectory() ? [start] : []
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    const entries = readEntries(absolute(directory))
    const isTopFolder = directory.length > 0 && !directory.includes(0x2f)
    const running = isTopFolder && entries.some((entry) => entry.name.equals(markerBytes))
    for (const entry of entries) {
      if (entry.name[0] === 0x2e) continue
      const path = directory.length === 0 ? entry.name : Buffer.concat([directory, slash, entry.name])
      if (entry.isDirectory()) pending.push(path)
      else if (entry.isFile()) {
        const fileStats = lstatSync(absolute(path), { bigint: true, throwIfNoEntry: false })
        if (fileStats?.isFile()) files.push(foundFile(path, fileStats, running ? absolute(path) : undefined))
      }
      yield
    }
  }
  return files
}

const slash = Buffer.from('/')
const markerBytes = Buffer.from(incompleteMarker)

/** @param frozenFrom - where to read the content now, when the file is a small record of a running job */
function foundFile(path: Buffer, stats: { size: bigint; mtimeNs: bigint }, frozenFrom: Buffer | undefined): FoundFile {
  const text = path.toString()
  const file: FoundFile = {
    path: text,
    size: Number(stats.size),
    mtimeNs: String(stats.mtimeNs),
    ...(text.includes('\ufffd') && { rawPath: path.toString('base64') }),
  }
  if (!frozenFrom || mediaKindOfName(text) || file.size > maxFrozenBytes) return file
  const content = readFileSync(frozenFrom)
  return { ...file, size: content.length, content: content.toString('base64') }
}

function readEntries(directory: Buffer) {
  try {
    return readdirSync(directory, { withFileTypes: true, encoding: 'buffer' })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

/** Two names that are not UTF-8 can look the same as text; the second gets a mark that {@link entryNames} resolves. */
function distinctPaths(files: readonly FoundFile[]): string[] {
  const seen = new Set<string>()
  return files.map(({ path }) => {
    let distinct = path
    for (let number = 2; seen.has(distinct); number++) distinct = `${path} (${number})`
    seen.add(distinct)
    return distinct
  })
}
