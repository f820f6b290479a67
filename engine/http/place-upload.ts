/**
 * @file Gives a received file its name: ComfyUI's rule. A taken name with identical bytes is answered as it is; other
 * bytes get `name (1).ext`, `name (2).ext`, ... Nothing visible is ever half written.
 */
import { copyFile, lstat, mkdir, realpath, rm, stat } from 'node:fs/promises'
import { dirname, join, parse, sep } from 'node:path'
import { publishFile, temporaryPathBeside } from '#platform/files/durable-write'
import { hashFile } from '../assets/content-hash.ts'
import { refuse } from './http-error.ts'

export interface Placement {
  /** Absolute root directory. */
  root: string
  /** Judged by `parseRelativePath`: subfolder and name. */
  segments: readonly string[]
  overwrite: boolean
}

interface Content {
  temporary: string
  size: number
  /** As the asset catalogue writes it. */
  hash: string
}

/**
 * Moves the temporary file to its place, or removes it when the place already holds the same bytes.
 * @returns the segments under which the bytes are found now
 * @throws HttpError 400 when the place is not beneath the root or is a directory
 */
export async function placeUpload(content: Content, placement: Placement): Promise<string[]> {
  const folders = placement.segments.slice(0, -1)
  const { name, ext } = parse(placement.segments.at(-1)!)
  const directory = join(placement.root, ...folders)
  await mkdir(directory, { recursive: true })
  await requireBeneath(directory, placement.root, folders)
  const temporary = await moveBeside(content.temporary, directory)
  try {
    if (placement.overwrite) {
      await publishFile(temporary, join(directory, name + ext))
      return [...folders, name + ext]
    }
    for (let attempt = 0; ; attempt++) {
      const candidate = attempt === 0 ? name + ext : `${name} (${attempt})${ext}`
      const target = join(directory, candidate)
      if (await hasSameBytes(target, content)) {
        await rm(temporary, { force: true })
        return [...folders, candidate]
      }
      try {
        await publishFile(temporary, target, { exclusive: true })
        return [...folders, candidate]
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
    }
  } catch (error) {
    await rm(temporary, { force: true })
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EISDIR' || code === 'ENOTDIR') throw refuse(400, 'The name belongs to a directory')
    throw error
  }
}

/** A link inside the root may lead elsewhere; nothing is written through it. */
async function requireBeneath(directory: string, root: string, folders: readonly string[]): Promise<void> {
  const [realDirectory, realRoot] = await Promise.all([realpath(directory), realpath(root)])
  const expected = folders.length === 0 ? realRoot : realRoot + sep + folders.join(sep)
  if (realDirectory !== expected) throw refuse(400, 'The path leads out of the directory')
}

/** The final rename must not cross file systems. @returns the path of the temporary file beside its target */
async function moveBeside(temporary: string, directory: string): Promise<string> {
  const [from, to] = await Promise.all([stat(dirname(temporary)), stat(directory)])
  if (from.dev === to.dev) return temporary
  const beside = temporaryPathBeside(join(directory, 'upload'))
  await copyFile(temporary, beside)
  await rm(temporary, { force: true })
  return beside
}

async function hasSameBytes(path: string, content: Content): Promise<boolean> {
  const stats = await lstat(path).catch(() => null)
  if (!stats?.isFile() || stats.size !== content.size) return false
  return (await hashFile(path)) === content.hash
}
