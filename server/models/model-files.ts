/**
 * @file Which model files lie in the model folders: one bounded look, believed for a while and after every change of ours
 * made anew. Follows no link; hidden names do not exist.
 */
import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { inSlices } from '../storage/slices.ts'

export interface FoundModel {
  folder: string
  /** Path inside the folder. */
  file: string
  size: number
  /** Unix seconds. */
  modified: number
  shipped: boolean
}

export interface ModelFiles {
  list(): Promise<{ files: readonly FoundModel[]; complete: boolean }>
  /** The next look is a new one. */
  changed(): void
}

export interface ModelFilesOptions {
  /** Absolute paths; the first that has a file wins, as in the engine. */
  roots: readonly { path: string; shipped: boolean }[]
  /** Milliseconds, monotonic. */
  clock?: () => number
  /** Milliseconds a look is believed. @default 15000 */
  freshness?: number
  /** Files listed at most. @default 5000 */
  maxFiles?: number
}

const maxDepth = 6
/** What model files are called, those included that the engine refuses. */
const isModel = (name: string) => /\.(safetensors|onnx|param|bin|pt|pth|ckpt|gguf|pkl)$/i.test(name)

export function createModelFiles(options: ModelFilesOptions): ModelFiles {
  const { roots, clock = () => performance.now(), freshness = 15_000, maxFiles = 5000 } = options
  let known: { at: number; value: ReturnType<ModelFiles['list']> } | undefined

  function* look(): Generator<void, { files: FoundModel[]; complete: boolean }> {
    const files = new Map<string, FoundModel>()
    for (const { path: root, shipped } of roots) {
      const pending = directoriesIn(root).map((folder) => ({ folder, inside: '', depth: 1 }))
      for (let next = pending.pop(); next; next = pending.pop()) {
        const { folder, inside, depth } = next
        for (const entry of entriesOf(join(root, folder, inside))) {
          yield
          const file = inside === '' ? entry.name : `${inside}/${entry.name}`
          if (entry.name.startsWith('.')) continue
          if (entry.isDirectory() && depth < maxDepth) pending.push({ folder, inside: file, depth: depth + 1 })
          if (!entry.isFile() || !isModel(entry.name) || files.has(`${folder}/${file}`)) continue
          if (files.size >= maxFiles) return { files: [...files.values()], complete: false }
          const stats = lstatSync(join(root, folder, file), { throwIfNoEntry: false })
          if (!stats) continue
          files.set(`${folder}/${file}`, { folder, file, size: stats.size, modified: stats.mtimeMs / 1000, shipped })
        }
      }
    }
    return { files: [...files.values()], complete: true }
  }

  return {
    list() {
      if (!known || clock() - known.at > freshness) known = { at: clock(), value: inSlices(look()) }
      return known.value
    },
    changed() {
      known = undefined
    },
  }
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    return []
  }
}

const directoriesIn = (root: string) =>
  entriesOf(root)
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
