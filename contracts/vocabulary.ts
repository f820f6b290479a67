/**
 * @file The fixed words and patterns of the contracts, without a schema: what also code without zod (the pages) needs at
 * run time. The schemas are made of these.
 */

/** `YYYYMMDD_HHMMSS_<6 hex>`, UTC: the folder below the output root and the job's name in the admin API. */
export const jobIdPattern = /^\d{8}_\d{6}_[0-9a-f]{6}$/

export const jobStatuses = ['queued', 'running', 'completed', 'failed', 'cancelled', 'interrupted'] as const
export type JobStatus = (typeof jobStatuses)[number]

export const isJobStatus = (word: string): word is JobStatus => (jobStatuses as readonly string[]).includes(word)

/** What a person thinks of an output: one of these, or nothing. */
export const marks = ['star', 'reject'] as const
export type Mark = (typeof marks)[number]

export const eventTypes = [
  'assets.uploaded', // { files }
  'assets.deleted', // { files, type }
  'assets.restored', // { files, type }
  'assets.changed', // { type, folders? }: something outside the studio changed the disk
  'assets.marked', // { type, mark: star, reject or null, count, files? }: without files there were too many to name
  'trash.purged', // { entries, deletions, bytes, reason: 'age' | 'space' }: the studio deleted for good by itself
  'models.changed', // { folder, file }
  'models.download', // { download: ModelDownload }: started, every tenth of the way, over
  'job.queued', // { job: Job } and so on for every job.* event
  'job.moved', // to another place in the queue: its number changed
  'job.started',
  'job.output', // a file of a running job became visible
  'job.completed',
  'job.failed',
  'job.cancelled',
  'job.interrupted',
  'queue.paused', // { paused } and so on
  'queue.resumed',
  'engine.up',
  'engine.down',
  'studio.started',
] as const
export type EventType = (typeof eventTypes)[number]

/** What the studio may suggest to delete. */
export const cleanUps = [
  'rejected', // marked so by a person
  'unfinished', // what failed, cancelled and interrupted jobs left, without finals
  'intermediates', // old enough
  'unused_inputs', // old enough, and no job we know used them
  'duplicates', // outputs with the content of an input, and inputs uploaded again; one copy stays
  'thumbnails', // made again when needed
  'trash',
] as const
export type CleanUp = (typeof cleanUps)[number]
