/** @file The files of one model folder, over all of its directories. */
import { stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { parseRelativePath } from '#contracts/relative-path'
import { listFiles } from './list-files.ts'
import type { ModelFolder } from './model-folders.ts'

export interface ModelFile {
  name: string
  /** Position in the folder's directories. */
  pathIndex: number
}

/** Every file of a folder, per directory sorted by name; a name that an earlier directory has hides later ones. */
export async function listModelFiles(folder: ModelFolder): Promise<ModelFile[]> {
  const files: ModelFile[] = []
  const seen = new Set<string>()
  for (const [pathIndex, directory] of folder.directories.entries()) {
    const names = await listFiles(directory, {
      followLinks: true,
      accept: (name, siblings) => isListed(name, siblings, folder.extensions),
    })
    for (const name of names) {
      if (seen.has(name)) continue
      seen.add(name)
      files.push({ name, pathIndex })
    }
  }
  return files
}

/** Absolute path of a model file, or null when there is none, or the name leads out of the folder. */
export async function findModelFile(folder: ModelFolder, name: string): Promise<string | null> {
  const segments = parseRelativePath(name)
  if (!segments || name.endsWith('/')) return null
  if (folder.extensions.length > 0 && !folder.extensions.includes(extname(name).toLowerCase())) return null
  for (const directory of folder.directories) {
    const path = join(directory, ...segments)
    const stats = await stat(path).catch(() => null)
    if (stats?.isFile()) return path
  }
  return null
}

function isListed(name: string, siblings: ReadonlySet<string>, extensions: readonly string[]): boolean {
  const extension = extname(name).toLowerCase()
  if (extensions.length > 0 && !extensions.includes(extension)) return false
  // An ncnn model is two files and goes by the name of its .param.
  return !(extension === '.bin' && siblings.has(`${name.slice(0, -extension.length)}.param`))
}
