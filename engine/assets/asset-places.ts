/**
 * @file Where assets may lie, and what a place says of a file: its tags and its name inside its root. Knows the table of
 * directories; touches no disk.
 */
import { extname, posix, relative, sep } from 'node:path'
import { jobRecordName } from '#platform/studio-directory'
import type { ModelFolder } from '../environment/model-folders.ts'
import type { AssetRoot } from './asset-row.ts'

export interface PlacesOptions {
  /** Absolute. */
  directories: { input: string; output: string }
  folders: ReadonlyMap<string, ModelFolder>
}

/** A directory that is searched for files. */
export interface Place {
  root: Exclude<AssetRoot, 'temp'>
  directory: string
}

export interface PlaceFacts {
  root: Exclude<AssetRoot, 'temp'>
  tags: string[]
  /** The path inside its root with `/`, without the category for models. */
  filename: string
}

/** Folders of the input directory that the web page writes to; their files are tagged so. */
const taggedInputFolders: ReadonlySet<string> = new Set(['pasted', 'webcam', 'painter', '3d', 'threed'])
/** Folders whose files are no assets. */
const notModels: ReadonlySet<string> = new Set(['configs', 'custom_nodes'])

export const modelTypePrefix = 'model_type:'

export function createAssetPlaces({ directories, folders }: PlacesOptions) {
  const modelFolders = [...folders.values()].filter(({ name }) => !notModels.has(name))
  const inside = (directory: string, path: string): string | null => {
    const inner = relative(directory, path)
    return inner === '' || inner.startsWith(`..${sep}`) || inner === '..' ? null : inner.split(sep).join('/')
  }

  return {
    /** Model folders whose directories are to be written to, by wire name. */
    modelDirectory: (folder: string): string | null =>
      modelFolders.find(({ name }) => name === folder)?.directories[0] ?? null,

    /** Every directory of these roots, each once. */
    of(roots: readonly Place['root'][]): Place[] {
      const places: Place[] = []
      if (roots.includes('models')) {
        const all = new Set(modelFolders.flatMap((folder) => folder.directories))
        for (const directory of all) places.push({ root: 'models', directory })
      }
      if (roots.includes('input')) places.push({ root: 'input', directory: directories.input })
      if (roots.includes('output')) places.push({ root: 'output', directory: directories.output })
      return places
    },

    /** Null for a path outside all roots, and for a model of an extension that no folder lists. */
    describe(path: string): PlaceFacts | null {
      for (const root of ['input', 'output'] as const) {
        const filename = inside(directories[root], path)
        if (filename === null) continue
        // A job's record says what its files are; it is none of them.
        if (root === 'output' && posix.basename(filename) === jobRecordName) return null
        const [folder, ...rest] = filename.split('/')
        const isTagged = root === 'input' && rest.length === 1 && taggedInputFolders.has(folder!)
        return { root, tags: isTagged ? [root, folder!] : [root], filename }
      }
      const extension = extname(path).toLowerCase()
      const holding = modelFolders
        .filter(({ extensions }) => extensions.length === 0 || extensions.includes(extension))
        .flatMap(({ name, directories: each }) =>
          each.flatMap((directory) => {
            const filename = inside(directory, path)
            return filename === null ? [] : [{ name, filename }]
          }),
        )
      if (holding.length === 0) return null
      const types = holding.map(({ name }) => modelTypePrefix + name)
      return { root: 'models', tags: ['models', ...types], filename: holding[0]!.filename }
    },
  }
}

export type AssetPlaces = ReturnType<typeof createAssetPlaces>
