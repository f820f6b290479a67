/**
 * @file Finds the packs in the directory of custom nodes and the file each begins with. Runs none of their code.
 */
import type { Dirent, Stats } from 'node:fs'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'

/** A pack that can be tried. Paths are absolute. */
export interface FoundPack {
  /** Name of its folder, or of its file without the ending. */
  name: string
  /** Null for a pack of one file: it has no files beside its code. */
  directory: string | null
  entry: string
}

/** A pack that cannot even be tried, with the reason in words. */
export interface UnusablePack {
  name: string
  problem: string
}

const fileEndings = /\.(js|mjs|cjs|ts|mts|cts)$/
const indexNames = ['index.ts', 'index.mts', 'index.js', 'index.mjs', 'index.cjs']
/** What lies beside packs and is none. */
const notPacks = new Set(['node_modules', '__pycache__'])
const maxPackageJson = 1024 * 1024

/**
 * @param allowed - names to look at, or null for all
 * @returns in the order of their names; an absent directory has none
 */
export async function findPacks(
  customNodes: string,
  allowed: readonly string[] | null,
): Promise<{ found: FoundPack[]; unusable: UnusablePack[]; switchedOff: string[] }> {
  const found = new Map<string, FoundPack>()
  const unusable: UnusablePack[] = []
  const switchedOff: string[] = []
  const entries = await readdir(customNodes, { withFileTypes: true }).catch((): Dirent[] => [])
  for (const file of entries.map((entry) => entry.name).sort()) {
    if (/^[._]/.test(file) || notPacks.has(file) || file.endsWith('.d.ts')) continue
    const path = join(customNodes, file)
    const stats = await stat(path).catch((): Stats | null => null)
    const isFile = stats?.isFile() === true
    // Notes, archives and the like may lie about. A link that leads nowhere is worth a word.
    if (isFile && !fileEndings.test(file) && !file.endsWith('.disabled')) continue
    const name = isFile ? file.replace(fileEndings, '') : file
    if (file.endsWith('.disabled') || (allowed !== null && !allowed.includes(name) && !allowed.includes(file))) {
      switchedOff.push(name)
    } else if (found.has(name)) unusable.push({ name: file, problem: `Another pack is called ${name}.` })
    else {
      const pack = isFile ? { name, directory: null, entry: path } : await findEntry(name, path, stats)
      if ('problem' in pack) unusable.push(pack)
      else found.set(name, pack)
    }
  }
  return { found: [...found.values()], unusable, switchedOff }
}

async function findEntry(name: string, directory: string, stats: Stats | null): Promise<FoundPack | UnusablePack> {
  if (!stats?.isDirectory()) return { name, problem: 'It is neither a directory nor a file that can be read.' }
  // The pack itself may be a link: whoever lays out this directory decides. What is in it may not lead out.
  const root = await realpath(directory)
  const named = await entryOfPackageJson(root)
  if (named !== null && typeof named === 'object') return { name, problem: named.problem }
  for (const file of named === null ? indexNames : [named]) {
    const entry = await realpath(join(root, file)).catch(() => null)
    if (entry === null || !(await stat(entry)).isFile()) continue
    if (!entry.startsWith(root + sep)) return { name, problem: `${file} leads out of the pack.` }
    return { name, directory: root, entry }
  }
  if (named !== null) return { name, problem: `package.json names ${named}, which is not there.` }
  const isPython = await stat(join(root, '__init__.py')).then(
    () => true,
    () => false,
  )
  return {
    name,
    problem: isPython
      ? 'It is a pack of Python nodes; this engine loads TypeScript and JavaScript.'
      : `It has no entry: ${indexNames.join(', ')} or a package.json that names one.`,
  }
}

/** The file that package.json names, null when it names none. */
async function entryOfPackageJson(root: string): Promise<string | null | { problem: string }> {
  const path = join(root, 'package.json')
  const stats = await stat(path).catch(() => null)
  if (stats === null) return null
  if (!stats.isFile() || stats.size > maxPackageJson) return { problem: 'package.json is no file of a usable size.' }
  try {
    const { exports, main } = JSON.parse(await readFile(path, 'utf8')) as { exports?: unknown; main?: unknown }
    return exportedFile(exports) ?? (typeof main === 'string' && main !== '' ? main : null)
  } catch (error) {
    return { problem: `package.json cannot be read: ${(error as Error).message}` }
  }
}

/** The main file of `exports`: a text, `{ ".": ... }`, or conditions. */
function exportedFile(exports: unknown): string | null {
  if (typeof exports === 'string') return exports
  if (typeof exports !== 'object' || exports === null) return null
  const options = exports as Record<string, unknown>
  for (const key of ['.', 'node', 'import', 'require', 'default']) {
    const file = exportedFile(options[key])
    if (file !== null) return file
  }
  return null
}
