/**
 * @file A page of the job list, from memory: no disk, no engine. Without filters the cost is the page, with them one
 * pass over the index.
 */
import type * as z from 'zod'
import { type Job, type JobList, type JobStatus, type jobListQuerySchema, jobStatusSchema } from '#contracts/jobs'
import { StudioError } from '../http/errors.ts'
import { searchTextOf } from './ended-jobs.ts'
import { comparePositions, decodeCursor, encodeCursor, type Position, positionOf } from './job-order.ts'
import type { JobView } from './job-view.ts'

export type JobListQuery = z.infer<typeof jobListQuerySchema>

/**
 * @param query - `cursor` is a `next_cursor`, or the id of a job that is still listed
 * @throws StudioError `invalid_request` for an unknown state or a cursor that names no place
 */
export function listJobs(view: Pick<JobView, 'live' | 'ended' | 'find'>, query: JobListQuery): JobList {
  const after = query.cursor === undefined ? null : placeOf(query.cursor, view)
  const matches = filterOf(query)
  const page: Job[] = []
  let more = false
  let total = matches ? 0 : view.live().length + view.ended.size

  const take = (job: Job): boolean => {
    if (page.length === query.limit) more = true
    else page.push(job)
    return more
  }
  let full = false
  for (const job of view.live()) {
    if (matches && !matches(job, () => searchTextOf(job))) continue
    if (matches) total++
    if (!full && (!after || comparePositions(positionOf(job), after) > 0)) full = take(job)
  }
  if (matches) {
    for (const entry of view.ended.from(null)) {
      if (!matches(entry.job, () => entry.searchText)) continue
      total++
      if (!full && (!after || comparePositions(entry.position, after) > 0)) full = take(entry.job)
    }
  } else if (!full) {
    for (const entry of view.ended.from(after)) if (take(entry.job)) break
  }
  const last = page.at(-1)
  return { jobs: page, total, next_cursor: more && last ? encodeCursor(positionOf(last)) : null }
}

function placeOf(cursor: string, view: Pick<JobView, 'find'>): Position {
  const job = view.find(cursor)
  const place = job ? positionOf(job) : decodeCursor(cursor)
  if (!place) throw new StudioError('invalid_request', 'The cursor names no place in the list: begin again without it')
  return place
}

/** The filter of a query, or null when everything matches. */
function filterOf({ status, q }: JobListQuery): ((job: Job, searchText: () => string) => boolean) | null {
  const states = status ? parseStates(status) : null
  const words = q?.trim().toLowerCase() ?? ''
  if (!states && words === '') return null
  return (job, searchText) => (!states || states.has(job.status)) && (words === '' || searchText().includes(words))
}

function parseStates(list: string): Set<JobStatus> {
  const states = new Set<JobStatus>()
  for (const name of list.split(',').map((part) => part.trim())) {
    const state = jobStatusSchema.safeParse(name)
    if (!state.success) {
      const known = jobStatusSchema.options.join(', ')
      throw new StudioError('invalid_request', `“${name}” is not a state of a job. States: ${known}`)
    }
    states.add(state.data)
  }
  return states
}
