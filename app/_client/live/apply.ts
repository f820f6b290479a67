/** @file How an event changes what the cache holds. Pure: lists in, lists out; the same list when nothing changed. */

import type { InfiniteData } from '@tanstack/react-query'
import type { ProgressEvent } from '#contracts/events'
import type { Job, JobFile, JobList } from '#contracts/jobs'
import type { Mark } from '#contracts/vocabulary'

export type JobPages = InfiniteData<JobList, string>

const isLive = (job: Job) => job.status === 'running' || job.status === 'queued'
const rank = (job: Job) => (job.status === 'running' ? 0 : 1)

/** The live list with `job` put in, replaced, or taken out because it ended. Running first, then queue order. */
export function withLiveJob(jobs: readonly Job[], job: Job): Job[] {
  const others = jobs.filter((other) => other.id !== job.id)
  if (!isLive(job)) return others
  const known = jobs.find((other) => other.id === job.id)
  // Events about a job come without its progress; what was known stays until the next progress message.
  const merged = job.progress === null && job.status === 'running' && known ? { ...job, progress: known.progress } : job
  return sorted([...others, merged])
}

/** The live list in the order that an answer tells. Who is live, and how far, is for the events to say: it may be older. */
export function withOrder(jobs: readonly Job[], told: readonly Job[]): Job[] {
  const numbers = new Map(told.map(({ id, number }) => [id, number]))
  return sorted(jobs.map((job) => ({ ...job, number: numbers.get(job.id) ?? job.number })))
}

const sorted = (jobs: Job[]) =>
  jobs.sort((a, b) => rank(a) - rank(b) || a.number - b.number || a.created_at - b.created_at)

/** The live list with a job's progress. */
export function withProgress(jobs: readonly Job[], event: ProgressEvent): Job[] {
  return jobs.map((job) => (job.id === event.job ? { ...job, status: 'running', progress: event.progress } : job))
}

/** Finished jobs with `job` replaced where it is listed; null when it is not listed. */
export function withFinishedJob(pages: JobPages, job: Job): JobPages | null {
  if (!pages.pages.some((page) => page.jobs.some((other) => other.id === job.id))) return null
  return mapPages(pages, (jobs) => jobs.map((other) => (other.id === job.id ? job : other)))
}

/** Finished jobs as the newest entry of the first page. */
export function withNewJob(pages: JobPages, job: Job): JobPages {
  return {
    ...pages,
    pages: pages.pages.map((page, index) =>
      index === 0 ? { ...page, jobs: [job, ...page.jobs], total: page.total + 1 } : page,
    ),
  }
}

/** Finished jobs without deleted folders (`job`) and files (`job/final/x.png`), given relative to the output root. */
export function withoutPaths(pages: JobPages, paths: readonly string[]): JobPages {
  const gone = new Set(paths.map((path) => path.replace(/\/$/, '')))
  const without = withoutFiles(paths)
  return mapPages(pages, (jobs) => jobs.filter((job) => !gone.has(job.id)).map(without))
}

/** The same for a single job, which stays when its folder goes: whoever asks for it is told. */
export function withoutFiles(paths: readonly string[]) {
  const gone = new Set(paths)
  const touched = jobsOf(paths)
  return <J extends Job>(job: J): J =>
    touched.has(job.id) ? { ...job, outputs: job.outputs.filter((file) => !gone.has(pathOf(file))) } : job
}

/** Finished jobs with the named files marked, or with their mark taken away. */
export function withMarks(pages: JobPages, paths: readonly string[], mark: Mark | null): JobPages {
  return mapPages(pages, (jobs) => jobs.map(withFileMarks(paths, mark)))
}

/** The same for a single job. */
export function withFileMarks(paths: readonly string[], mark: Mark | null) {
  const marked = new Set(paths)
  const touched = jobsOf(paths)
  return <J extends Job>(job: J): J => {
    if (!touched.has(job.id)) return job
    const outputs = job.outputs.map((file): JobFile => {
      if (!marked.has(pathOf(file))) return file
      const { mark: _, ...unmarked } = file
      return mark === null ? unmarked : { ...unmarked, mark }
    })
    return { ...job, outputs }
  }
}

const pathOf = ({ subfolder, filename }: JobFile) => `${subfolder}/${filename}`
const jobsOf = (paths: readonly string[]) => new Set(paths.map((path) => path.split('/')[0]!))

function mapPages(pages: JobPages, change: (jobs: Job[]) => Job[]): JobPages {
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, jobs: change(page.jobs) })) }
}
