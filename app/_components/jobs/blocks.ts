/**
 * @file What the gallery shows as one block: a job, or a folder of files that no job record describes
 * (made outside the studio, or by a version without records). Pure.
 */
import type { AssetListing, StudioFolder } from '#contracts/assets'
import type { Job, JobStatus, OutputKind } from '#contracts/jobs'
import { jobIdPattern } from '#contracts/vocabulary'
import { fromAssetFile, fromFolderRefs, itemsOfJob, type MediaItem } from '../../_client/media-item.ts'

export interface GalleryBlock {
  id: string
  title: string
  status: JobStatus | null
  /** when it ended, Unix seconds */
  at: number
  job: Job | null
  files: Record<OutputKind, MediaItem[]>
  /** bytes */
  size: number
  /** what "delete all of it" names to the server */
  paths: string[]
}

export function blockOfJob(job: Job): GalleryBlock {
  return {
    id: job.id,
    title: job.workflow?.name ?? 'From a ComfyUI client',
    status: job.status,
    at: job.finished_at ?? job.started_at ?? job.created_at,
    job,
    files: {
      final: itemsOfJob(job, 'final'),
      preview: itemsOfJob(job, 'preview'),
      intermediate: itemsOfJob(job, 'intermediate'),
    },
    size: job.outputs.reduce((sum, file) => sum + file.size, 0),
    paths: [job.id],
  }
}

function blockOfFolder(folder: StudioFolder): GalleryBlock {
  const finals = folder.type === 'studio_job' ? [folder.video] : folder.images
  return {
    id: folder.folder,
    title: folder.folder,
    status: folder.incomplete ? 'running' : null,
    at: folder.modified,
    job: null,
    files: {
      final: fromFolderRefs(folder, finals, 'final'),
      preview: fromFolderRefs(folder, folder.previews ?? [], 'preview'),
      intermediate: fromFolderRefs(folder, folder.intermediates ?? [], 'intermediate'),
    },
    size: folder.total_size,
    paths: [folder.folder],
  }
}

function blockOfLooseFiles(listings: readonly AssetListing[]): GalleryBlock | null {
  const files = listings.flatMap((listing) => listing.files)
  if (files.length === 0) return null
  return {
    id: 'loose-files',
    title: 'Files outside any job',
    status: null,
    at: Math.max(...files.map((file) => file.modified)),
    job: null,
    files: { final: files.map((file) => fromAssetFile('outputs', file)), preview: [], intermediate: [] },
    size: files.reduce((sum, file) => sum + file.size, 0),
    paths: files.map((file) => file.path),
  }
}

interface GallerySources {
  jobs: readonly Job[]
  /** ids of running and queued jobs: their folders are not foreign */
  live: ReadonlySet<string>
  listings: readonly AssetListing[]
  /** all jobs are loaded: a folder named like a job and not among them has no record */
  jobsComplete: boolean
}

/** All blocks, newest first. A job that asked for nothing but failed has a block too: it says why. */
export function galleryBlocks({ jobs, live, listings, jobsComplete }: GallerySources): GalleryBlock[] {
  const known = new Set(jobs.map((job) => job.id))
  const foreign = listings
    .flatMap((listing) => listing.studio_jobs)
    .filter((folder) => !known.has(folder.folder) && !live.has(folder.folder))
    .filter((folder) => jobsComplete || !jobIdPattern.test(folder.folder))
  const loose = blockOfLooseFiles(listings)
  const blocks = [
    ...jobs.filter((job) => !live.has(job.id)).map(blockOfJob),
    ...foreign.map(blockOfFolder),
    ...(loose === null ? [] : [loose]),
  ]
  return blocks.sort((a, b) => b.at - a.at)
}
