/**
 * @file A folder of the output root as the listing shows it: a job with a video, or a gallery of images. Pure; the rules
 * are the admin assets contract's.
 */
import type { FileRef, StudioFolder } from '#contracts/assets'
import type { OutputKind } from '#contracts/jobs'
import type { FileFact, FolderFacts } from './folder-scan.ts'

/** Which kind of output a file is, by the first part of its path inside the job or by the beginning of its name. */
export function outputKindOf(path: string): OutputKind {
  const inside = path.slice(path.indexOf('/') + 1)
  if (inside.startsWith('preview')) return 'preview'
  if (inside.startsWith('intermediate')) return 'intermediate'
  return 'final'
}

/** @returns null for a folder that shows nothing: no media, and no job is running in it */
export function studioFolderOf(facts: FolderFacts): StudioFolder | null {
  const media = facts.files.filter((file) => file.media !== null)
  if (media.length === 0 && !facts.incomplete) return null
  const finals = media.filter((file) => outputKindOf(file.path) === 'final')
  const videos = finals.filter((file) => file.media === 'video').map(fileRefOf)
  const images = finals.filter((file) => file.media === 'image').map(fileRefOf)
  const previews = media.filter((file) => outputKindOf(file.path) === 'preview').map(fileRefOf)
  const intermediates = media.filter((file) => outputKindOf(file.path) === 'intermediate').map(fileRefOf)
  const video = videos[0]
  const base = {
    folder: facts.name,
    folder_path: facts.name,
    total_size: media.reduce((sum, file) => sum + file.size, 0),
    modified: modifiedOf(media, facts.mtimeMs),
    incomplete: facts.incomplete,
    video_count: videos.length,
    image_count: video ? 0 : images.length,
    preview_count: previews.length,
    intermediate_count: intermediates.length,
    thumbnail: previews[0] ?? images[0] ?? null,
    ...(previews.length > 0 && { previews }),
    ...(intermediates.length > 0 && { intermediates }),
  }
  return video ? { ...base, type: 'studio_job', video } : { ...base, type: 'studio_gallery', images }
}

/** Newest modification of some files in Unix seconds; the folder's own when there are none. */
function modifiedOf(files: FileFact[], folderMtimeMs: number): number {
  if (files.length === 0) return folderMtimeMs / 1000
  return files.reduce((newest, file) => Math.max(newest, file.mtimeMs), 0) / 1000
}

function fileRefOf(file: FileFact): FileRef {
  const slash = file.path.lastIndexOf('/')
  return { filename: file.path.slice(slash + 1), subfolder: file.path.slice(0, slash) }
}
