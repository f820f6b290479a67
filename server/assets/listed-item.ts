/** @file A row of an asset listing: rendered once, when its files changed, so that answering is joining strings. */
import type { AssetFile } from '#contracts/assets'
import type { FileFact, FolderFacts } from './folder-scan.ts'
import { studioFolderOf } from './studio-folder.ts'

export interface ListedItem {
  group: 'files' | 'studio_jobs'
  /** Unique in the listing; breaks ties of the order. */
  name: string
  /** Unix seconds. */
  modified: number
  size: number
  json: string
  /** Lower case, for `?q=`. */
  searchText: string
  hasImage: boolean
  hasVideo: boolean
}

/** A folder of the output root: one row, or none. */
export function describeJobFolder(facts: FolderFacts): ListedItem[] {
  const folder = studioFolderOf(facts)
  if (!folder) return []
  const media = facts.files.filter((file) => file.media !== null)
  return [
    {
      group: 'studio_jobs',
      name: folder.folder,
      modified: folder.modified,
      size: folder.total_size,
      json: JSON.stringify(folder),
      searchText: [folder.folder, ...media.map((file) => file.path)].join('\n').toLowerCase(),
      hasImage: folder.type === 'studio_gallery' && folder.image_count > 0,
      hasVideo: folder.video_count > 0,
    },
  ]
}

/** Every media file of a folder of the input root. */
export function describeInputFolder(facts: FolderFacts): ListedItem[] {
  return facts.files.flatMap((file) => describeFile(file) ?? [])
}

/** A media file as the listing shows it; null for other files. */
export function describeFile(fact: FileFact): ListedItem | null {
  if (!fact.media) return null
  const slash = fact.path.lastIndexOf('/')
  const file: AssetFile = {
    filename: fact.path.slice(slash + 1),
    path: fact.path,
    subfolder: slash < 0 ? '' : fact.path.slice(0, slash),
    size: fact.size,
    modified: fact.mtimeMs / 1000,
    type: fact.media,
  }
  return {
    group: 'files',
    name: fact.path,
    modified: file.modified,
    size: file.size,
    json: JSON.stringify(file),
    searchText: fact.path.toLowerCase(),
    hasImage: fact.media === 'image',
    hasVideo: fact.media === 'video',
  }
}
