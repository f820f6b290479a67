/**
 * @file The files a user keeps on the server (saved workflows and the like), beneath that user's directory. Names come
 * judged; links are never followed.
 */
import type { Dirent } from 'node:fs'
import { lstat, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { publishFile, syncDirectory, temporaryPathBeside } from '#platform/files/durable-write'

export interface UserFileInfo {
  path: string
  /** Bytes. */
  size: number
  /** Unix milliseconds. */
  modified: number
  created: number
}

export interface UserEntry {
  name: string
  path: string
  type: 'file' | 'directory'
  size?: number
  /** Unix seconds. */
  modified?: number
}

/** Names beneath a directory, files only. @returns null when it is no directory of the root */
export async function listUserFiles(
  root: string,
  segments: readonly string[],
  recursive: boolean,
): Promise<string[] | null> {
  const directory = await realDirectory(root, segments)
  if (directory === null) return null
  const names: string[] = []
  for await (const { path, entry } of walk(directory, '', recursive)) if (entry.isFile()) names.push(path)
  return names.sort()
}

/** Everything below a directory, directories first, then by name; paths relative to the root. */
export async function listUserEntries(root: string, segments: readonly string[]): Promise<UserEntry[] | null> {
  const directory = await realDirectory(root, segments)
  if (directory === null) return null
  const prefix = segments.map((segment) => `${segment}/`).join('')
  const entries: UserEntry[] = []
  for await (const { path, entry } of walk(directory, '', true)) {
    const shown = { name: entry.name, path: prefix + path }
    if (entry.isDirectory()) entries.push({ ...shown, type: 'directory' })
    else {
      const stats = await stat(join(directory, path)).catch(() => null)
      if (stats) entries.push({ ...shown, type: 'file', size: stats.size, modified: stats.mtimeMs / 1000 })
    }
  }
  return entries.sort((a, b) =>
    a.type === b.type ? compare(a.name.toLowerCase(), b.name.toLowerCase()) : a.type === 'directory' ? -1 : 1,
  )
}

/** @param shown - the path that the answer names */
export async function userFileInfo(root: string, segments: readonly string[], shown: string): Promise<UserFileInfo> {
  const stats = await lstat(join(root, ...segments))
  const created = Math.round(stats.birthtimeMs || stats.ctimeMs)
  return { path: shown, size: stats.size, modified: Math.round(stats.mtimeMs), created }
}

/** `file`, `directory`, or null when there is nothing beneath the root, or a link. */
export async function userEntryKind(root: string, segments: readonly string[]): Promise<'file' | 'directory' | null> {
  if ((await realDirectory(root, segments.slice(0, -1))) === null) return null
  const stats = await lstat(join(root, ...segments)).catch(() => null)
  if (stats?.isFile()) return 'file'
  return stats?.isDirectory() ? 'directory' : null
}

/**
 * Writes a file in one step from a stream; parents are made.
 * @returns false when it exists and must not be replaced
 * @throws Error with code ENOTDIR or EISDIR when the place is taken by something else
 */
export async function writeUserFile(
  root: string,
  segments: readonly string[],
  content: Readable,
  overwrite: boolean,
): Promise<boolean> {
  const target = join(root, ...segments)
  await makeParents(root, segments)
  const temporary = temporaryPathBeside(target)
  try {
    const handle = await open(temporary, 'wx')
    await pipeline(content, handle.createWriteStream())
    await publishFile(temporary, target, { exclusive: !overwrite })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Moves a file (or directory) within the root; parents are made. */
export async function moveUserFile(root: string, from: readonly string[], to: readonly string[]): Promise<void> {
  await makeParents(root, to)
  const target = join(root, ...to)
  await rename(join(root, ...from), target)
  await syncDirectory(dirname(target))
}

export async function deleteUserFile(root: string, segments: readonly string[]): Promise<void> {
  await rm(join(root, ...segments))
}

async function makeParents(root: string, segments: readonly string[]): Promise<void> {
  await mkdir(join(root, ...segments.slice(0, -1)), { recursive: true })
  if ((await realDirectory(root, segments.slice(0, -1))) === null) {
    throw Object.assign(new Error('the path leads through a link'), { code: 'ENOTDIR' })
  }
}

/** The real path of a directory beneath the root, reached through no link; null when there is none. */
async function realDirectory(root: string, segments: readonly string[]): Promise<string | null> {
  try {
    const realRoot = await realpath(root)
    const real = await realpath(join(root, ...segments))
    const expected = segments.length === 0 ? realRoot : realRoot + sep + segments.join(sep)
    return real === expected && (await stat(real)).isDirectory() ? real : null
  } catch {
    return null
  }
}

async function* walk(
  directory: string,
  prefix: string,
  recursive: boolean,
): AsyncGenerator<{ path: string; entry: Dirent }> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || (!entry.isFile() && !entry.isDirectory())) continue
    yield { path: prefix + entry.name, entry }
    if (entry.isDirectory() && recursive) yield* walk(join(directory, entry.name), `${prefix}${entry.name}/`, true)
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
