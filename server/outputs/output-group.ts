/**
 * @file One group of the outputs list: the files of a job folder, with what the job's record says of them. Rendered to JSON
 * once, when something of it changed, so that answering is joining strings.
 */
import type { Job, OutputKind } from '#contracts/jobs'
import type { MediaKind } from '#contracts/media'
import type { OutputFile, OutputGroup } from '#contracts/outputs'
import type { JobStatus, Mark } from '#contracts/vocabulary'
import type { FileFact } from '../assets/folder-scan.ts'
import { outputKindOf } from '../assets/studio-folder.ts'
import type { Marks } from '../marks/marks-file.ts'
import type { PictureFacts } from '../thumbnails/messages.ts'

export interface OutputEntry {
  /** Relative to the output root. */
  path: string
  kind: OutputKind
  media: MediaKind
  size: number
  mark: Mark | null
  /** The name in lower case, for `q`. */
  searchText: string
  json: string
}

export interface Group {
  folder: string
  status: JobStatus | null
  at: number
  files: readonly OutputEntry[]
  /** Nothing but the files and the job's record lies in the folder. */
  onlyMedia: boolean
  /** The group's JSON up to its files: `{…,"files":[`. */
  head: string
}

export interface GroupSources {
  folder: string
  files: readonly FileFact[]
  marks: Marks
  /** The marker of a job that has not ended is there. */
  incomplete: boolean
  /** A person keeps what an interrupted job wrote. */
  kept: boolean
  /** Milliseconds since 1970, of the folder itself. */
  mtimeMs: number
  job: Job | null
  factsOf: (file: FileFact) => PictureFacts | undefined
}

const kindOrder: readonly OutputKind[] = ['final', 'preview', 'intermediate']
const maxErrorCharacters = 300

/** @returns null when there is nothing to show: no media, no job */
export function describeGroup(sources: GroupSources): Group | null {
  const { folder, files, job, incomplete, kept } = sources
  const media = files.filter((file): file is FileFact & { media: MediaKind } => file.media !== null)
  if (media.length === 0 && job === null && !incomplete) return null
  const entries = media.map((file) => describeEntry(file, sources))
  // Sorting is stable: inside a kind the order of paths stays.
  entries.sort((a, b) => kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind))
  // A job that runs is known, by the engine or by its record: a marker alone was left behind.
  const status = job?.status ?? (incomplete ? 'interrupted' : null)
  const newest = media.reduce((time, file) => Math.max(time, file.mtimeMs), 0) || sources.mtimeMs
  const at = job ? (job.finished_at ?? job.started_at ?? job.created_at) : newest / 1000
  const facts: Omit<OutputGroup, 'files'> = {
    folder,
    title: job?.workflow?.name ?? null,
    workflow: job?.workflow?.id ?? null,
    status,
    record: job !== null,
    ...(kept && status === 'interrupted' && { kept }),
    at,
    seconds: job?.started_at && job.finished_at ? job.finished_at - job.started_at : null,
    error: job?.error ? { message: job.error.message.slice(0, maxErrorCharacters), node: job.error.node_type } : null,
  }
  const record = `${folder}/job.json`
  const onlyMedia = files.every((file) => file.media !== null || file.path === record)
  return { folder, status, at, files: entries, onlyMedia, head: `${JSON.stringify(facts).slice(0, -1)},"files":[` }
}

function describeEntry(
  fact: FileFact & { media: MediaKind },
  { folder, marks, job, factsOf }: GroupSources,
): OutputEntry {
  const slash = fact.path.lastIndexOf('/')
  const filename = fact.path.slice(slash + 1)
  const subfolder = slash < 0 ? '' : fact.path.slice(0, slash)
  const recorded = job?.outputs.find((file) => file.filename === filename && file.subfolder === subfolder)
  const seen = factsOf(fact)
  const mark = marks.get(folder === '' ? fact.path : fact.path.slice(folder.length + 1)) ?? null
  const kind = outputKindOf(fact.path)
  const file: OutputFile = {
    filename,
    subfolder,
    kind,
    media: fact.media,
    size: fact.size,
    modified: fact.mtimeMs / 1000,
    width: recorded?.width ?? seen?.width ?? null,
    height: recorded?.height ?? seen?.height ?? null,
    duration: recorded?.duration ?? seen?.duration ?? null,
    ...(typeof seen?.sound === 'boolean' && { sound: seen.sound }),
    ...(mark && { mark }),
    ...(seen && { thumbhash: seen.thumbhash }),
  }
  return {
    path: fact.path,
    kind,
    media: fact.media,
    size: fact.size,
    mark,
    searchText: filename.toLowerCase(),
    json: JSON.stringify(file),
  }
}
