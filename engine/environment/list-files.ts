/**
 * @file Lists the files below a directory as sorted relative names. Hidden files and directories are left out; links
 * are followed only where asked, and loops end.
 */
import type { Dirent, Stats } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { maxSegments } from '#contracts/relative-path'

export interface ListOptions {
  /** Model folders are laid out by the pod's owner and often lead to another volume; input directories are not. */
  followLinks: boolean
  /** Also below subdirectories. @default true */
  recursive?: boolean
  /** Told the names of one directory together, so that a file can be judged by its siblings. */
  accept?: (name: string, siblings: ReadonlySet<string>) => boolean
}

/**
 * @param root - absolute directory
 * @returns names relative to `root` with `/`, sorted by code unit; an absent or unreadable directory is empty
 */
export async function listFiles(root: string, options: ListOptions): Promise<string[]> {
  const found: string[] = []
  const visited = new Set<string>()
  await visit(root, '', 0)
  return found.sort()

  async function visit(directory: string, prefix: string, depth: number): Promise<void> {
    if (depth >= maxSegments) return
    if (options.followLinks) {
      const real = await realpath(directory).catch(() => null)
      if (real === null || visited.has(real)) return
      visited.add(real)
    }
    const entries = await readdir(directory, { withFileTypes: true }).catch((): Dirent[] => [])
    const siblings = new Set(entries.map((entry) => entry.name))
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue
      const kind = await kindOf(directory, entry)
      if (kind === 'directory' && options.recursive !== false) {
        await visit(join(directory, entry.name), `${prefix}${entry.name}/`, depth + 1)
      } else if (kind === 'file' && (options.accept?.(entry.name, siblings) ?? true)) {
        found.push(prefix + entry.name)
      }
    }
  }

  async function kindOf(directory: string, entry: Dirent): Promise<'file' | 'directory' | null> {
    if (entry.isFile()) return 'file'
    if (entry.isDirectory()) return 'directory'
    if (!entry.isSymbolicLink() || !options.followLinks) return null
    const target: Stats | null = await stat(join(directory, entry.name)).catch(() => null)
    if (target?.isFile()) return 'file'
    return target?.isDirectory() ? 'directory' : null
  }
}
