/** @file One picture or video as the grid and the viewer show it, wherever it came from. */
import type { AssetFile, AssetType, TrashEntry, TrashFile } from '#contracts/assets'
import type { Job, JobFile, OutputKind } from '#contracts/jobs'
import { type MediaKind, mediaKindOfName } from '#contracts/media'
import type { OutputFile, OutputGroup } from '#contracts/outputs'
import type { Mark } from '#contracts/vocabulary'
import { formatDuration, formatMoment } from './format/time.ts'
import { givenName } from './format/words.ts'

/** Where its bytes are asked for. */
export type MediaRoot = AssetType | 'trash'

export interface MediaItem {
  /** unique over all roots: `outputs:<path>` */
  key: string
  root: MediaRoot
  /** relative to the root; in the trash `<entry>/<name>[/<path>]` */
  path: string
  name: string
  media: MediaKind
  kind: OutputKind | null
  job: string | null
  /** what its job is called, of results */
  jobName?: string
  /** bytes, or null where the listing does not say */
  size: number | null
  /** changes with the content: addresses cached thumbnails */
  version: string
  /** Unix seconds, or null */
  modified: number | null
  width: number | null
  height: number | null
  /** seconds, videos */
  duration: number | null
  /** a video with a sound track; absent where nobody looked */
  sound?: boolean | undefined
  /** outputs */
  mark?: Mark | null
  /** base64 of a ThumbHash, when one is known */
  thumbhash?: string | undefined
  /** when its job ended, or while it runs began, Unix seconds; of results */
  at?: number
}

export const itemKey = (root: MediaRoot, path: string) => `${root}:${path}`

/** The media among a job's files, of one kind; other files (text, archives) have no tile. */
export function itemsOfJob(job: Job, kind: OutputKind): MediaItem[] {
  return job.outputs.filter((file) => file.kind === kind && file.media !== null).map((file) => fromJobFile(job, file))
}

function fromJobFile(job: Job, file: JobFile): MediaItem {
  const at = job.finished_at ?? job.started_at
  const path = `${file.subfolder}/${file.filename}`
  return {
    key: itemKey('outputs', path),
    root: 'outputs',
    path,
    name: file.filename,
    media: file.media ?? 'image',
    kind: file.kind,
    job: job.id,
    jobName: jobName(job.workflow?.name),
    size: file.size,
    version: file.modified_ns,
    modified: Number(file.modified_ns) / 1e9,
    width: file.width,
    height: file.height,
    duration: file.duration,
    mark: file.mark ?? null,
    ...(at !== null && { at }),
  }
}

/** What a job without a workflow of the studio is called. */
const jobName = (workflow: string | null | undefined) => workflow ?? 'from a ComfyUI client'

/** A listed file of the inputs. */
export function fromInputFile(file: AssetFile): MediaItem {
  return {
    key: itemKey('inputs', file.path),
    root: 'inputs',
    path: file.path,
    name: givenName(file.filename),
    media: file.type,
    kind: null,
    job: null,
    size: file.size,
    version: String(file.modified),
    modified: file.modified,
    width: null,
    height: null,
    duration: null,
    mark: null,
  }
}

/** A file of the outputs list. */
export function fromOutput(
  group: Pick<OutputGroup, 'folder' | 'title' | 'at' | 'status'>,
  file: OutputFile,
): MediaItem {
  const path = file.subfolder === '' ? file.filename : `${file.subfolder}/${file.filename}`
  return {
    key: itemKey('outputs', path),
    root: 'outputs',
    path,
    name: file.filename,
    media: file.media,
    kind: file.kind,
    ...(group.status === null ? { job: null } : { job: group.folder, jobName: jobName(group.title) }),
    size: file.size,
    version: String(file.modified),
    modified: file.modified,
    width: file.width,
    height: file.height,
    duration: file.duration,
    sound: file.sound,
    mark: file.mark ?? null,
    thumbhash: file.thumbhash,
    at: group.at,
  }
}

/** A single file in the trash, as its entry tells; null for what is no picture or video. */
export function fromTrashEntry(entry: TrashEntry): MediaItem | null {
  const name = entry.path.split('/').at(-1) ?? ''
  const media = entry.is_directory ? null : mediaKindOfName(name)
  if (media === null) return null
  // Its content never changes there, but when it was made is not told: its thumbnail is asked for again each time.
  return {
    ...fromTrash({ path: `${entry.id}/${name}`, size: entry.size, modified: 0, media, kind: null }),
    modified: null,
  }
}

/** A file in the trash. */
export function fromTrash(file: TrashFile): MediaItem {
  return {
    key: itemKey('trash', file.path),
    root: 'trash',
    path: file.path,
    name: givenName(file.path.split('/').at(-1) ?? file.path),
    media: file.media,
    kind: file.kind,
    job: null,
    size: file.size,
    version: String(file.modified),
    modified: file.modified,
    width: null,
    height: null,
    duration: null,
    mark: null,
  }
}

/** The entry of the trash that a trashed file belongs to. */
export const trashEntryOf = ({ path }: MediaItem) => path.split('/', 1)[0]!

/**
 * The file that a workflow's picture or video setting names, as ComfyUI writes it: `a.png`, `sub/a.png`, or
 * `job/final/a.png [output]`. Null for what names no picture or video.
 */
export function fromInputName(value: unknown): MediaItem | null {
  if (typeof value !== 'string') return null
  const [, name, place] = /^(.*?)(?: \[(input|output)\])?$/s.exec(value) ?? []
  const media = mediaKindOfName(name ?? '')
  if (name === undefined || media === null) return null
  const root = place === 'output' ? 'outputs' : 'inputs'
  return {
    key: itemKey(root, name),
    root,
    path: name,
    name: givenName(name.split('/').at(-1) ?? name),
    media,
    kind: null,
    job: null,
    size: null,
    version: '',
    modified: null,
    width: null,
    height: null,
    duration: null,
    mark: null,
  }
}

/**
 * What a screen reader says for a tile: `Video, final, 5 s, job Portrait test, Mon 14:32, final_00001.mp4`. What it is and where
 * it comes from goes before the name, which hundreds share.
 * @param now - Unix seconds: days long gone are said in full
 */
export function itemLabel(item: MediaItem, now = Date.now() / 1000): string {
  return [
    item.media === 'video' ? 'Video' : 'Picture',
    item.kind,
    item.duration !== null && formatDuration(item.duration),
    item.sound === true && 'with sound',
    item.mark && (item.mark === 'star' ? 'starred' : 'rejected'),
    item.jobName !== undefined && `job ${item.jobName}`,
    item.jobName !== undefined && item.at !== undefined && formatMoment(item.at, now),
    item.name,
  ]
    .filter(Boolean)
    .join(', ')
}
