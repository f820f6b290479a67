/**
 * @file Wires everything below `/api/admin`: the modules, what they share, and in which order they end. Who may call,
 * the engine's process and the pages are `server/studio.ts`.
 */
import { join } from 'node:path'
import type { FastifyBaseLogger, FastifyPluginAsync } from 'fastify'
import type { EngineState, System } from '#contracts/system'
import { findFfmpeg } from '#platform/ffmpeg'
import type { StudioDirectory } from '#platform/studio-directory'
import { createInputsIndex } from './assets/inputs-index.ts'
import { createOutputsIndex } from './assets/outputs-index.ts'
import { assetRoutes } from './assets/routes.ts'
import { inputPaths } from './assets/select-inputs.ts'
import { createTrash } from './assets/trash.ts'
import { createTrashKeeper } from './assets/trash-keeper.ts'
import type { Config } from './config.ts'
import { createEventLog } from './events/event-log.ts'
import type { OpenStreams } from './events/open-streams.ts'
import { eventRoutes } from './events/routes.ts'
import { fileTextRoutes } from './file-texts/routes.ts'
import { fileRoutes } from './files/routes.ts'
import { unknownAddresses } from './http/unknown-addresses.ts'
import { createJobs } from './jobs/create-jobs.ts'
import { isLive } from './jobs/live-jobs.ts'
import { queueRoutes } from './jobs/queue-routes.ts'
import { jobRoutes } from './jobs/routes.ts'
import { createModels } from './models/create-models.ts'
import { createOutputs } from './outputs/create-outputs.ts'
import { packageRoutes } from './package/routes.ts'
import { previewRoutes } from './previews/routes.ts'
import { createRecordedFiles } from './recorded-files.ts'
import { createStorage } from './storage/create-storage.ts'
import { needingRoom } from './storage/full-disk.ts'
import type { EngineLink } from './supervisor/engine-link.ts'
import { engineRoutes } from './supervisor/routes.ts'
import type { Build } from './system/build.ts'
import { createGpuMonitor } from './system/gpu-monitor.ts'
import { keepHistory } from './system/history.ts'
import { createMachineMonitor } from './system/machine-usage.ts'
import { systemRoutes } from './system/routes.ts'
import { loadSettings } from './system/studio-settings.ts'
import { createSystemReport } from './system/system-report.ts'
import { createPictureMemory } from './thumbnails/picture-memory.ts'
import { prepareJobThumbnails } from './thumbnails/prepare-job.ts'
import { thumbnailRoutes } from './thumbnails/routes.ts'
import { createThumbnailCache } from './thumbnails/thumbnail-cache.ts'
import { createThumbnailProcess, locateWorker } from './thumbnails/thumbnail-process.ts'
import { createThumbnails } from './thumbnails/thumbnails.ts'
import { uploadsRoutes } from './uploads/routes.ts'
import { createUploads } from './uploads/uploads.ts'
import { ownWorkflowRoutes } from './workflows/own-routes.ts'
import { workflowRoutes } from './workflows/routes.ts'
import { zipRoutes } from './zip/routes.ts'

export interface AdminApiDeps {
  config: Config
  directory: StudioDirectory
  engine: EngineLink
  build: Build
  log: FastifyBaseLogger
  /** Already scrubbed; for the tools that are started. */
  environment: Record<string, string>
  /** Event streams end with the session that opened them; whoever ends sessions ends them here. */
  streams: OpenStreams
  now: () => number
}

export interface AdminApi {
  /** Registered under `/api/admin`. */
  routes: FastifyPluginAsync
  /** Id of the newest event of the log. */
  lastEventId(): number
  close(): Promise<void>
}

/** Opens the log and the indexes; reading the disk goes on in the background. */
export async function createAdminApi(deps: AdminApiDeps): Promise<AdminApi> {
  const { config, directory, engine, build, log, environment, streams, now } = deps
  const onTrouble = (error: unknown) => log.warn({ err: error }, 'looking at the assets failed')

  const events = await createEventLog({
    directory: join(directory.database, 'events'),
    now,
    onWriteError: (error) => log.warn({ err: error }, 'events could not be written'),
  })
  const roots = { inputs: directory.input, outputs: directory.output }
  const indexes = {
    inputs: createInputsIndex({ root: directory.input, wallClock: now, onTrouble }),
    outputs: createOutputsIndex({ root: directory.output, wallClock: now, onTrouble }),
  }
  const thumbnailProcess = createThumbnailProcess({ worker: locateWorker(config.projectRoot) })
  const pictures = createPictureMemory(join(directory.cache, 'pictures.log'))
  const thumbnailCache = createThumbnailCache({ directory: join(directory.cache, 'thumbnails'), now })
  const thumbnails = createThumbnails({
    roots,
    cache: thumbnailCache,
    process: thumbnailProcess,
    onFacts({ type, segments, size, modified }, facts) {
      pictures.remember({ path: `${type}:${segments.join('/')}`, size, time: String(modified) }, facts)
      if (type === 'outputs') outputs.view.touch(segments.length > 1 ? segments[0]! : '')
    },
  })
  const trash = createTrash({ directory: directory.trash, roots })
  const uploads = createUploads({
    inputDirectory: directory.input,
    directory: directory.unfinishedUploads,
    maxFileBytes: config.maxUploadBytes,
    now: () => new Date(now()),
  })
  const storage = createStorage({
    ...{ directory, indexes, trash, events, now },
    quota: config.quotaBytes,
    thumbnails: thumbnailCache,
    jobs: () => jobs.view,
    unfinishedUploads: uploads,
    markOf(path) {
      const [folder, ...inside] = path.split('/')
      return indexes.outputs.folder(folder!)?.marks.get(inside.join('/')) ?? null
    },
  })
  const { ledger } = storage
  const recorded = createRecordedFiles(indexes.outputs, onTrouble)

  const jobs = createJobs({
    directory,
    engineUrl: () => engine.address()?.url ?? null,
    engineHeaders: (): Record<string, string> => {
      const apiKey = engine.address()?.apiKey
      return apiKey ? { 'X-API-Key': apiKey } : {}
    },
    log: events,
    isPresent: recorded.isPresent,
    markOf: recorded.markOf,
    onForgotten: (id) => outputs.view.touch(id),
    isKept: (id) => indexes.outputs.folder(id)?.kept === true,
    warn: (message, details) => log.warn(details, message),
    now,
  })

  jobs.view.onChange(({ kind, job }, source) => {
    if (source === 'disk' || kind === 'queued' || kind === 'moved') return
    const looked = recorded.changed(job.id)
    if (kind !== 'ended') return
    looked
      .then(() => prepareJobThumbnails({ outputs: indexes.outputs, thumbnails }, job.id))
      .catch((error: unknown) => log.warn({ err: error, job: job.id }, 'thumbnails could not be made in advance'))
  })

  const outputs = createOutputs({
    index: indexes.outputs,
    jobs: jobs.view,
    factsReady: pictures.ready,
    factsOf: ({ path, size, mtimeMs }) =>
      pictures.find({ path: `outputs:${path}`, size, time: String(mtimeMs / 1000) }),
    trash,
    trashDirectory: directory.trash,
    events,
  })

  const models = await createModels({
    ...{ directory, ledger, events, now },
    workflows: jobs.workflows,
    sources: { hosts: config.modelHosts },
    *endedJobs() {
      for (const { job } of jobs.view.ended.from(null)) yield job
    },
  })
  const settings = await loadSettings(join(directory.root, 'settings.json'))
  const trashDays = () => settings.get().trash_days
  const trashKeeper = createTrashKeeper({
    ...{ trash, events, now, onTrouble },
    days: trashDays,
    isDiskFull: async () => (await ledger.usage()).level === 'full',
  })

  const gpu = createGpuMonitor({ environment })
  const queue = () => queueOf(jobs.view.live(), jobs.engineState().paused)
  const report = createSystemReport({
    build,
    startedAt: now() / 1000,
    engine: () => engineState(engine, jobs.engineState(), now()),
    enginePid: () => engine.state().pid,
    runnerRss: () => jobs.engineState().runnerRss,
    queue,
    disk: ledger.usage,
    pod: {
      id: config.pod.id,
      data_centre: config.pod.dataCentre,
      price_per_hour: config.pod.pricePerHour,
    },
    gpu,
    machine: createMachineMonitor(),
  })
  const history = keepHistory({ report, now, onTrouble })
  const snapshot = async () => {
    const system = await report()
    return { jobs: jobs.view.live().map(jobs.present), system }
  }

  events.append('studio.started', 'info', 'Pod Studio started', { version: build.version, build_id: build.id })

  return {
    lastEventId: () => events.lastId(),
    async routes(app) {
      await app.register(systemRoutes({ report, history, settings }))
      await app.register(eventRoutes({ log: events, progress: jobs.progress, snapshot, streams }))
      await app.register(
        assetRoutes({
          indexes,
          trash,
          trashDirectory: directory.trash,
          ledger,
          events,
          trashDays,
          isLive: (folder) => isLive(jobs.view.find(folder)),
          inputUses: storage.usedInputs.counts,
          uploadLimits: { maxFileBytes: config.maxUploadBytes, maxFiles: config.maxUploadFiles },
        }),
      )
      await app.register(
        uploadsRoutes({
          uploads,
          inputs: indexes.inputs,
          ledger,
          events,
          maxFileBytes: config.maxUploadBytes,
          onTrouble: (error) => log.warn({ err: error }, 'unfinished uploads could not be removed'),
        }),
      )
      await app.register(fileRoutes({ roots, trash }))
      await app.register(fileTextRoutes({ roots, ffmpeg: findFfmpeg() }))
      await app.register(thumbnailRoutes({ indexes, thumbnails, trash }))
      await app.register(outputs.routes)
      await app.register(packageRoutes({ roots }))
      await app.register(
        zipRoutes({
          ...{ roots, cacheDirectory: directory.cache, now },
          resolve: { outputs: outputs.resolvePaths, inputs: (selection) => inputPaths(indexes.inputs, selection) },
        }),
      )
      await app.register(
        needingRoom(ledger, 'New runs', ['POST /jobs', 'POST /jobs/:job/retry'], async (scope) => {
          await scope.register(jobRoutes(jobs))
        }),
      )
      await app.register(queueRoutes(jobs))
      await app.register(engineRoutes({ link: engine, client: jobs.engine, queue, events }))
      await app.register(storage.routes)
      await app.register(models.routes)
      await app.register(previewRoutes(jobs))
      await app.register(workflowRoutes(jobs))
      await app.register(ownWorkflowRoutes(jobs))
      await app.register(unknownAddresses)
    },
    async close() {
      gpu.close()
      outputs.close()
      jobs.close()
      storage.close()
      trashKeeper.close()
      history.close()
      await Promise.all([
        models.close(),
        thumbnailProcess.close(),
        indexes.inputs.close(),
        indexes.outputs.close(),
        pictures.flush(),
        events.settled(),
      ])
    },
  }
}

/** Seconds within which an engine that answers must also have opened its feed. */
const feedPatience = 20

/** The process as the supervisor sees it, the runner as the feed tells it. @param now - milliseconds since 1970 */
function engineState(
  link: Pick<EngineLink, 'state' | 'external'>,
  feed: { connected: boolean; runner: EngineState['state']; device: string | null; detail: string | null },
  now: number,
): EngineState {
  const { state, since, restarts, detail } = link.state()
  const known = { since, restarts, external: link.external }
  if (state !== 'ready') return { state, device: feed.device, detail, ...known }
  if (feed.connected) return { state: feed.runner, device: feed.device, detail: feed.detail, ...known }
  if (now / 1000 - since < feedPatience || feed.device !== null) {
    return { state: 'starting', device: feed.device, detail: null, ...known }
  }
  const why = 'Something answers at its address, but it is not an engine of this studio (or of another version)'
  return { state: 'incompatible', device: null, detail: why, ...known }
}

function queueOf(live: readonly { status: string }[], paused: boolean): System['queue'] {
  const running = live.filter(({ status }) => status === 'running').length
  return { running, pending: live.length - running, paused }
}
