/**
 * @file Wires everything about jobs for the web process: the engine's client and feed, the view of all jobs, previews,
 * progress, the events they write, and what is done when assets are deleted or come back. Routes are registered by
 * `server/studio.ts` with what this gives.
 */
import { join } from 'node:path'
import * as z from 'zod'
import type { StudioEvent } from '#contracts/events'
import { type Job, type JobFile, jobIdPattern } from '#contracts/jobs'
import type { StudioDirectory } from '#platform/studio-directory'
import { createEngineClient, type EngineClient } from '../engine-client/engine-client.ts'
import { writeEngineEvents } from '../engine-client/engine-events.ts'
import { type EngineFeedState, openEngineFeed } from '../engine-client/engine-feed.ts'
import type { EventLog } from '../events/event-log.ts'
import { createPreviewStore, type PreviewStore } from '../previews/preview-store.ts'
import { inspectWorkflow } from '../workflows/import/inspect-workflow.ts'
import type { OwnWorkflowRoutesDeps } from '../workflows/own-routes.ts'
import { createOwnWorkflows, type OwnWorkflows } from '../workflows/own-workflows.ts'
import { createRequirements } from '../workflows/requirements.ts'
import { createWorkflowFiles } from '../workflows/workflow-files.ts'
import { createWorkflows, type Workflows } from '../workflows/workflows.ts'
import { handOverHeld } from './hand-over-held.ts'
import { createHeldRuns } from './held-runs.ts'
import { createInputFiles } from './input-files.ts'
import { writeJobEvents } from './job-events.ts'
import { createJobRecords } from './job-records.ts'
import { createJobService, type JobService } from './job-service.ts'
import { createJobView, type JobView } from './job-view.ts'
import { createProgressBoard, type ProgressBoard } from './progress-board.ts'
import { createQueueService, type QueueService } from './queue-service.ts'
import { randomSeed } from './random-seed.ts'
import { createRunSettings, type RunSettings } from './run-settings.ts'

export interface JobsOptions {
  directory: Pick<StudioDirectory, 'input' | 'output' | 'models' | 'workflows' | 'cache' | 'database' | 'defaults'>
  /** Where the engine listens now; null while it has no address. */
  engineUrl: () => string | null
  /** Headers for an engine that demands a key. */
  engineHeaders?: () => Record<string, string>
  log: EventLog
  /** Whether a recorded output is still on disk; absent: records are believed. */
  isPresent?: (file: JobFile) => boolean
  /** How a person marked a recorded output. */
  markOf?: (file: JobFile) => JobFile['mark']
  /** Told of a job whose record went or broke. */
  onForgotten?: (id: string) => void
  /** Whether a person keeps the files of this interrupted job. */
  isKept?: (id: string) => boolean
  warn?: (message: string, details: Record<string, unknown>) => void
  /** Milliseconds since the epoch. */
  now?: () => number
  newSeed?: () => number
}

/** Milliseconds after which jobs whose end is not known are looked at again; the engine saves late when a disk is full. */
const recheckInterval = 20_000

export interface StudioJobs {
  engine: EngineClient
  /** What the feed says of the engine and its runner. */
  engineState(): EngineFeedState
  view: JobView
  service: JobService
  queue: QueueService
  workflows: Workflows
  own: OwnWorkflows
  inspect: OwnWorkflowRoutesDeps['inspect']
  cacheDirectory: string
  previews: PreviewStore
  progress: ProgressBoard
  /** Leaves out of a job the files that are no longer there, and says of the others how they are marked. */
  present: <T extends Job>(job: T) => T
  /** Reads the settings of these jobs from their graphs, where `present` is to tell them. */
  know: RunSettings['know']
  /** Resolves when all records on disk have been read once. */
  indexed: Promise<void>
  close(): void
}

/** Begins to read the records and to connect to the engine. */
export function createJobs(options: JobsOptions): StudioJobs {
  const {
    directory,
    engineUrl: baseUrl,
    engineHeaders: headers,
    log,
    isPresent,
    markOf,
    isKept = () => false,
    onForgotten,
    warn,
  } = options
  const { now = Date.now, newSeed = randomSeed } = options
  const address = { baseUrl, ...(headers ? { headers } : {}) }

  const records = createJobRecords(directory.output, (job, reason) => warn?.('job record ignored', { job, reason }))
  const held = createHeldRuns({
    directory: join(directory.database, 'held-runs'),
    outputRoot: directory.output,
    now,
    onDamaged: (file) => warn?.('a held run cannot be read', { file }),
  })
  const view = createJobView({
    records,
    isHeld: held.has,
    ...(onForgotten && { onForgotten }),
    onReadError: (error) => warn?.('reading job records failed', { error }),
  })
  const previews = createPreviewStore((job) => view.find(job)?.status === 'running')
  const previewUrl = (job: string, frame: number) => `/api/admin/jobs/${job}/preview?n=${frame}`
  const progress = createProgressBoard(view, previews, previewUrl)
  const engine = createEngineClient(address)
  const settings = createRunSettings({ records, engine })
  const stopEvents = writeJobEvents({ view, log, now, present: settings.with })
  view.onChange(({ kind, job }) => {
    // Known by the time it ends, so that the news of that tells them. While it waits its graph is in the engine's whole queue,
    // which is asked for when somebody looks.
    if (kind === 'started') void settings.know([job])
    if (kind !== 'ended') return
    previews.drop(job.id)
    progress.over(job.id)
  })
  const stopAssets = log.subscribe((event) => followAssets(event, view))

  const noteEngine = writeEngineEvents(log)
  const loaded = held.load().then((jobs) => {
    for (const job of jobs) view.accept(job)
  })
  const indexed = loaded.then(() => view.rescan())
  const handOver = () => void loaded.then(() => handOverHeld({ held, engine, view }))
  const feed = openEngineFeed({
    ...address,
    listener: {
      message(message) {
        view.applyFeed(message)
        if (message.type === 'progress') progress.moved(message.job)
      },
      preview(frame) {
        previews.put(frame)
        progress.moved(frame.job)
      },
      state(state) {
        noteEngine(state)
        if (state.connected) handOver()
        else settings.forgetNodes()
      },
    },
    onUnknown: (kind) => warn?.('engine feed: frame not understood', { kind }),
  })

  const rechecking = setInterval(() => {
    void view.recheck(feed.state().connected)
    handOver()
  }, recheckInterval)
  rechecking.unref()

  const workflowFiles = createWorkflowFiles({ user: directory.workflows, shipped: directory.defaults.workflows })
  const requirements = createRequirements({ engine, modelRoots: [directory.models, directory.defaults.models], now })
  const workflows = createWorkflows(workflowFiles, requirements)
  const fileExists = createInputFiles(directory)
  const service = createJobService({ view, records, engine, held, workflows, fileExists, newSeed, now })

  const present = <T extends Job>(job: T): T => ({
    ...settings.with(job),
    outputs: presentFiles(job.outputs, isPresent, markOf),
    ...(job.status === 'interrupted' && isKept(job.id) && { kept: true }),
  })
  const queue = createQueueService({ view, engine, held, paused: () => feed.state().paused, present, now })

  return {
    engine,
    engineState: feed.state,
    view,
    service,
    queue,
    workflows,
    own: createOwnWorkflows(directory.workflows, workflowFiles),
    inspect: (file) => inspectWorkflow({ engine, requirements }, file),
    cacheDirectory: directory.cache,
    previews,
    progress,
    present,
    know: settings.know,
    indexed,
    close() {
      clearInterval(rechecking)
      feed.close()
      stopEvents()
      stopAssets()
      progress.close()
    },
  }
}

function presentFiles(
  files: readonly JobFile[],
  isPresent: JobsOptions['isPresent'] = () => true,
  markOf: JobsOptions['markOf'] = () => undefined,
): JobFile[] {
  return files.filter(isPresent).map((file) => {
    const mark = markOf(file)
    return mark ? { ...file, mark } : file
  })
}

const assetDataSchema = z.object({
  type: z.string(),
  files: z.array(z.string()).optional(),
  folders: z.array(z.string()).optional(),
})

/** Keeps the view true when job folders go, come back, or are changed by somebody else. */
function followAssets({ type, data }: StudioEvent, view: JobView): void {
  if (!type.startsWith('assets.')) return
  const assets = assetDataSchema.safeParse(data).data
  if (assets?.type !== 'outputs') return
  const jobs = (names: readonly string[] = []) =>
    names.map((name) => name.replace(/\/$/, '')).filter((name) => jobIdPattern.test(name))
  if (type === 'assets.deleted') view.remove(jobs(assets.files))
  else if (type === 'assets.restored') void view.restored(jobs(assets.files))
  else if (type === 'assets.changed') void view.rescan(assets.folders ? jobs(assets.folders) : undefined)
}
