/**
 * @file What the gallery shows as one block: a job, or a folder of files that no job record describes
 * (made outside the studio, or by a version without records). Pure.
 */
import type { OutputKind } from '#contracts/jobs'
import type { OutputFile, OutputGroup } from '#contracts/outputs'
import type { JobStatus } from '#contracts/vocabulary'
import { fromOutput, type MediaItem } from '../../_client/media-item.ts'

export interface GalleryBlock {
  id: string
  title: string
  /** null: no job made it, as far as anybody knows */
  status: JobStatus | null
  /** the job is known: it has a page, and can be run again */
  recorded: boolean
  /** interrupted, and a person keeps what it wrote */
  kept: boolean
  /** when it ended, Unix seconds */
  at: number
  /** how long it ran */
  seconds: number | null
  /** id of the workflow */
  workflow: string | null
  error: OutputGroup['error']
  files: Record<OutputKind, MediaItem[]>
  /** bytes */
  size: number
  /** what "delete all of it" names to the server */
  paths: string[]
}

/** @param itemOf - makes the tile of a file, or gives the one that is there already */
export function blockOfGroup(group: OutputGroup, itemOf = fromOutput): GalleryBlock {
  const items = group.files.map((file) => itemOf(group, file))
  const ofKind = (kind: OutputKind) => items.filter((item) => item.kind === kind)
  const isLoose = group.folder === ''
  return {
    id: isLoose ? 'loose-files' : group.folder,
    title: group.title ?? titleOf(group),
    status: group.status,
    recorded: group.record,
    kept: group.kept === true,
    at: group.at,
    seconds: group.seconds,
    workflow: group.workflow,
    error: group.error,
    files: { final: ofKind('final'), preview: ofKind('preview'), intermediate: ofKind('intermediate') },
    size: group.files.reduce((sum, file) => sum + file.size, 0),
    paths: isLoose ? items.map((item) => item.path) : [group.folder],
  }
}

/** Tiles by file, so that a change of one file leaves those beside it what they are. */
export function createItems(): typeof fromOutput {
  const known = new WeakMap<OutputFile, { item: MediaItem; group: Head }>()
  return (group, file) => {
    const before = known.get(file)
    if (before && sameHead(before.group, group)) return before.item
    const item = fromOutput(group, file)
    known.set(file, { item, group })
    return item
  }
}

type Head = Pick<OutputGroup, 'at' | 'status' | 'title'>
const sameHead = (a: Head, b: Head) => a.at === b.at && a.status === b.status && a.title === b.title

function titleOf({ folder, record }: OutputGroup): string {
  if (folder === '') return 'Files outside any job'
  return record ? 'From a ComfyUI client' : folder
}

/** Every file of a block, finals first. */
export const allFiles = ({ files }: GalleryBlock) => [...files.final, ...files.preview, ...files.intermediate]
