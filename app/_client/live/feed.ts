/** @file Writes what the event stream says into the query cache, so that every page sees one truth. */

import type { QueryClient } from '@tanstack/react-query'
import type { AssetType } from '#contracts/assets'
import type { StudioEvent } from '#contracts/events'
import type { Job } from '#contracts/jobs'
import type { System } from '#contracts/system'
import type { Mark } from '#contracts/vocabulary'
import { notify } from '../notify.ts'
import { assetListsKey, inputUsesQuery } from '../queries/assets.ts'
import { jobDetailsKey, jobListsKey, liveJobsQuery, previewQuery } from '../queries/jobs.ts'
import { modelsQuery } from '../queries/models.ts'
import { fetchGroup, type OutputFilters, outputListsKey } from '../queries/outputs.ts'
import { queueQuery } from '../queries/queue.ts'
import { systemQuery } from '../queries/system.ts'
import { trashQuery } from '../queries/trash.ts'
import { previewUrl } from '../urls.ts'
import {
  type JobPages,
  withFileMarks,
  withFinishedJob,
  withLiveJob,
  withMarks,
  withNewJob,
  withoutFiles,
  withoutPaths,
  withProgress,
} from './apply.ts'
import { type OutputPages, withGroup, withOutputMarks, withoutOutputs } from './apply-outputs.ts'
import { changeDetails } from './change-details.ts'
import { noteEnd } from './ended-jobs.ts'
import type { ChangeLists } from './list-changes.ts'
import type { OwnMarks } from './own-marks.ts'
import type { StreamListener } from './stream.ts'

interface FeedOptions {
  cache: QueryClient
  changeLists: ChangeLists
  ownMarks: OwnMarks
  /** told of every job that ended while this page watched */
  onEnded: (job: Job) => void
  /** told when the server has become one of another build */
  onOutdated: () => void
}

export function createFeed({ cache, changeLists, ownMarks, onEnded, onOutdated }: FeedOptions): StreamListener {
  let snapshots = 0
  let build: string | null = null
  /** Folder → the newest request for it, until it is answered. */
  const asks = new Map<string, Promise<unknown>>()
  const setLive = (change: (jobs: Job[]) => Job[]) =>
    cache.setQueryData(liveJobsQuery.queryKey, (jobs) => change(jobs ?? []))

  const eachJobs = (change: (pages: JobPages, filtered: boolean) => JobPages) =>
    changeLists<JobPages>({ queryKey: jobListsKey }, (pages, key) => change(pages, isFiltered(key)))

  const eachOutputs = (change: (pages: OutputPages) => OutputPages) =>
    changeLists<OutputPages>({ queryKey: outputListsKey }, change)

  /**
   * Asks for this one job again, as each list shows it: a list of ten thousand files is not fetched anew for one.
   * Answers may come in another order than they were asked for: only the newest counts.
   */
  const refreshGroup = (folder: string) => {
    const lists = cache.getQueriesData<OutputPages>({ queryKey: outputListsKey })
    const asked: Promise<unknown> = Promise.all(
      lists.map(([key]) =>
        fetchGroup(key[2] as OutputFilters, folder).then(
          (group) =>
            asks.get(folder) === asked &&
            changeLists<OutputPages>({ queryKey: key, exact: true }, (pages) => withGroup(pages, folder, group)),
          // Without an answer the whole list is asked for when it is next looked at.
          () => cache.invalidateQueries({ queryKey: key, refetchType: 'none' }),
        ),
      ),
    ).then(() => asks.get(folder) === asked && asks.delete(folder))
    asks.set(folder, asked)
  }

  const jobChanged = (job: Job, event: StudioEvent) => {
    const wasLive = cache.getQueryData(liveJobsQuery.queryKey)?.some((other) => other.id === job.id) ?? false
    setLive((jobs) => withLiveJob(jobs, job))
    if (job.status !== 'queued') refreshGroup(job.id)
    if (event.type !== 'job.output') cache.invalidateQueries({ queryKey: inputUsesQuery.queryKey })
    if (job.status === 'running' || job.status === 'queued') return
    noteEnd(cache, job.id)
    eachJobs((pages, filtered) => withFinishedJob(pages, job) ?? (filtered ? pages : withNewJob(pages, job)))
    // What a filter lets through is the server's to say.
    cache.invalidateQueries({ queryKey: jobListsKey, predicate: (query) => isFiltered(query.queryKey) })
    cache.invalidateQueries({ queryKey: assetListsKey('outputs') })
    // A first answer that is still under way may be older than this news, and would be kept: it is asked for anew.
    const one = { queryKey: [...jobDetailsKey, job.id] }
    cache.cancelQueries(one).then(() => cache.invalidateQueries(one))
    if (wasLive && event.type !== 'job.output') onEnded(job)
  }

  const assetsChanged = (event: StudioEvent) => {
    const data = event.data as { type?: string; files?: string[]; folders?: string[] }
    const roots: readonly AssetType[] =
      data.type === 'inputs' || data.type === 'outputs' ? [data.type] : ['inputs', 'outputs']
    if (event.type === 'assets.deleted' && data.type === 'outputs') {
      eachJobs((pages) => withoutPaths(pages, data.files ?? []))
      changeDetails(cache, withoutFiles(data.files ?? []))
      eachOutputs((pages) => withoutOutputs(pages, data.files ?? []))
      // An answer that is under way may still show them.
      for (const folder of foldersOf(data.files ?? [])) if (asks.has(folder)) refreshGroup(folder)
    } else if (roots.includes('outputs') && event.type !== 'assets.uploaded') {
      cache.invalidateQueries({ queryKey: jobListsKey })
      cache.invalidateQueries({ queryKey: jobDetailsKey })
      const names = event.type === 'assets.restored' ? foldersOf(data.files ?? []) : data.folders
      if (names && names.length <= maxGroups) names.forEach(refreshGroup)
      else cache.invalidateQueries({ queryKey: outputListsKey })
    }
    for (const root of roots) cache.invalidateQueries({ queryKey: assetListsKey(root) })
    if (event.type !== 'assets.uploaded') cache.invalidateQueries({ queryKey: trashQuery.queryKey })
    cache.invalidateQueries({ queryKey: ['storage'] })
  }

  const marksChanged = (event: StudioEvent) => {
    const { files: all, mark } = event.data as { files?: string[]; mark: Mark | null }
    if (all) {
      const files = ownMarks.heard(all, mark)
      const named = new Set(files)
      eachJobs((pages) => withMarks(pages, files, mark))
      changeDetails(cache, withFileMarks(files, mark))
      eachOutputs((pages) => withOutputMarks(pages, named, mark))
    } else {
      // This page's own may be among those that are not named.
      ownMarks.forget()
      cache.invalidateQueries({ queryKey: jobListsKey })
      cache.invalidateQueries({ queryKey: jobDetailsKey })
      cache.invalidateQueries({ queryKey: outputListsKey })
    }
  }

  const noticeBuild = (system: System) => {
    build ??= system.build_id
    if (build !== system.build_id) onOutdated()
  }

  function missed() {
    ownMarks.forget()
    cache.invalidateQueries({ queryKey: jobListsKey })
    cache.invalidateQueries({ queryKey: outputListsKey })
    cache.invalidateQueries({ queryKey: ['assets'] })
  }

  return {
    snapshot({ jobs, system }) {
      cache.cancelQueries({ queryKey: liveJobsQuery.queryKey })
      cache.setQueryData(liveJobsQuery.queryKey, jobs)
      cache.setQueryData(systemQuery.queryKey, system)
      noticeBuild(system)
      // The first snapshot comes with a fresh page; after that it means news may have been missed.
      snapshots += 1
      if (snapshots > 1) missed()
    },
    missed,
    progress(event) {
      setLive((jobs) => withProgress(jobs, event))
      if (event.preview !== null) cache.setQueryData(previewQuery(event.job).queryKey, event.preview)
    },
    event(event) {
      if (event.type.startsWith('job.')) {
        jobChanged((event.data as { job: Job }).job, event)
        cache.invalidateQueries({ queryKey: systemQuery.queryKey })
        if (event.type !== 'job.output') cache.invalidateQueries({ queryKey: queueQuery.queryKey })
      } else if (event.type.startsWith('queue.')) {
        cache.invalidateQueries({ queryKey: systemQuery.queryKey })
        cache.invalidateQueries({ queryKey: queueQuery.queryKey })
      } else if (event.type === 'assets.marked') {
        marksChanged(event)
      } else if (event.type.startsWith('assets.')) {
        assetsChanged(event)
      } else {
        cache.invalidateQueries({ queryKey: systemQuery.queryKey })
        cache.invalidateQueries({ queryKey: ['workflows'] })
        if (event.type.startsWith('models.')) cache.invalidateQueries({ queryKey: modelsQuery.queryKey })
        // A download takes minutes: whoever waits for it is elsewhere by then.
        if (event.type === 'models.download' && event.severity === 'success') notify.success(event.message)
        if (event.type === 'models.download' && event.severity === 'error') notify.error(event.message)
        if (event.type === 'trash.purged') {
          cache.invalidateQueries({ queryKey: trashQuery.queryKey })
          // Without its script it is said when the page is next used after a reload.
          import('./purges.ts').then(({ sayPurges }) => sayPurges([event], localStorage)).catch(() => undefined)
        }
      }
    },
    async poll() {
      const [jobs, system] = await Promise.all([
        cache.fetchQuery({ ...liveJobsQuery, staleTime: 0 }),
        cache.fetchQuery({ ...systemQuery, staleTime: 0 }),
      ])
      noticeBuild(system)
      // The stream names each frame; here a new address does, as often as the job moved.
      for (const { id, progress } of jobs) {
        const moved = progress?.value ?? 0
        if (moved > 0) cache.setQueryData(previewQuery(id).queryKey, `${previewUrl(id)}?at=${moved}`)
      }
    },
  }
}

/** With more changed jobs than this the list is asked for as a whole. */
const maxGroups = 20
const foldersOf = (paths: readonly string[]) => [
  ...new Set(paths.map((path) => (path.includes('/') ? path.split('/')[0]! : path))),
]

function isFiltered(key: readonly unknown[]) {
  const filters = key[2] as { q: string; status: string[] } | undefined
  return filters !== undefined && (filters.q !== '' || filters.status.length > 0)
}
