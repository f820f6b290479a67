/**
 * @file The composition root of the engine process: the only place that makes its parts and hands them to one another.
 * What each does is theirs; the order in which they start and stop is here.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { openCatalogue } from './assets/catalogue.ts'
import { ConfigError, type EngineConfig } from './config.ts'
import { createModelFolders } from './environment/model-folders.ts'
import { openOrReplace } from './environment/open-or-replace.ts'
import { createNodeEnvironment } from './environment.ts'
import { type JobDatabase, openJobDatabase } from './history/job-database.ts'
import type { AccessRules } from './http/access.ts'
import { listenEverywhere } from './http/listen.ts'
import { LogBuffer, type LogLevel } from './http/log-buffer.ts'
import { assetRoutes, assetRoutesSwitchedOff } from './http/routes/assets.ts'
import { historyRoutes } from './http/routes/history.ts'
import { hostedRoutes } from './http/routes/hosted.ts'
import { internalRoutes } from './http/routes/internal.ts'
import { jobRoutes } from './http/routes/jobs.ts'
import { modelRoutes } from './http/routes/models.ts'
import { nodeRoutes } from './http/routes/nodes.ts'
import { packRoutes } from './http/routes/packs.ts'
import { promptRoutes } from './http/routes/prompt.ts'
import { studioQueueRoutes } from './http/routes/studio-queue.ts'
import { systemRoutes } from './http/routes/system.ts'
import { uploadRoutes } from './http/routes/upload.ts'
import { userDataRoutes, userOfRequest } from './http/routes/user-data.ts'
import { viewRoutes } from './http/routes/view.ts'
import { createHttpServer } from './http/server.ts'
import { createStoredKeyReader } from './http/stored-key.ts'
import { createSystemStats } from './http/system-stats.ts'
import { JobLifecycle } from './jobs/lifecycle.ts'
import { tellAll } from './jobs/lifecycle-observer.ts'
import {
  type ReconcileOptions,
  rebuildHistory,
  reconcileFolders,
  reconcileQueue,
  sweepStaleUploads,
} from './jobs/reconcile.ts'
import { createRecordFiles } from './jobs/record-file.ts'
import type { AnyNode } from './nodes/define.ts'
import { createNodeRegistry } from './nodes/registry.ts'
import { findPacks } from './packs/find-packs.ts'
import { createPackFiles } from './packs/pack-files.ts'
import { startPackHost } from './packs/pack-host.ts'
import { createPackLibrary } from './packs/pack-library.ts'
import {
  emptyDirectory,
  makeDirectories,
  ownDirectories,
  readExtraModels,
  readTlsFiles,
  withVisibleDevices,
} from './prepare-start.ts'
import { PromptSubmitter } from './queue/submit-prompt.ts'
import type { RunnerEntry } from './runner/child-process.ts'
import { createRunnerHost } from './runner-host.ts'
import { createSettingsFiles } from './users/settings-file.ts'
import { createUserStore } from './users/user-store.ts'
import { ComfySocket } from './ws/comfy-socket.ts'
import { StudioFeed } from './ws/studio-feed.ts'
import { serveUpgrades } from './ws/upgrades.ts'

export interface EngineParts {
  config: EngineConfig
  nodes: readonly AnyNode[]
  runnerEntry: RunnerEntry
  /** The program that holds the code of node packs. */
  packHostEntry: RunnerEntry
  /** For the runner and the packs, which get the harmless part of it. */
  environment: NodeJS.ProcessEnv
  onnxRuntimeVersion: string
  /** Prints a log line. */
  print: (line: string, level: LogLevel) => void
}

export interface Engine {
  /** Where it listens, e.g. `http://127.0.0.1:8188`. */
  url: string
  /** Ends the running job as interrupted, keeps the queue, and lets go of everything. */
  close(): Promise<void>
}

/** Bytes of JSON that are parsed in one go. */
const maxJsonSize = 16 * 1024 * 1024
/** Milliseconds the running job has to end when the engine stops. */
const stopGrace = 2500

/**
 * Starts an engine. It listens when this resolves; its runner may still be starting.
 * @throws ConfigError when it may not listen where it is told to; DatabaseInUseError; errors of the system
 */
export async function startEngine(parts: EngineParts): Promise<Engine> {
  const { config } = parts
  const now = Date.now
  const logs = new LogBuffer({ capacity: 1000, now: () => new Date(now()), print: parts.print })
  const { log } = logs
  const stopping = new AbortController()
  for (const notice of config.notices) log('info', notice)

  const directories = { ...config.directories, extraModels: await readExtraModels(config, parts.environment, log) }
  const tls = config.tls && readTlsFiles(config.tls)
  const storedKey = createStoredKeyReader(join(directories.secrets, 'api-key.sha256'))
  const access: AccessRules = {
    requireKey: config.requireKey,
    keyHash: () => config.apiKeyHash ?? storedKey(),
    corsOrigin: config.corsOrigin,
  }
  if (access.requireKey && access.keyHash() === null) {
    throw new ConfigError(
      `Listening on ${config.hosts.join(', ')} needs a key: set STUDIO_API_KEY, or start the studio once so that it stores one.`,
    )
  }

  const folders = createModelFolders(directories)
  await makeDirectories(config, ownDirectories(folders, directories))
  await emptyDirectory(directories.temp)

  // ------------------------------------------------------------ what is known

  const { database, isNew } = openOrReplace({
    path: join(directories.database, 'engine.db'),
    open: openJobDatabase,
    now: now(),
    what: 'the job database',
    log,
  })
  const files = createRecordFiles(directories.output)
  const reconcile: ReconcileOptions = { database, files, outputDirectory: directories.output, now, log }
  if (isNew) {
    const count = await rebuildHistory(reconcile)
    if (count > 0) log('info', `history rebuilt from ${count} job folders`)
  }
  const waiting = await reconcileQueue(reconcile)

  const { database: catalogue } = openOrReplace({
    path: config.assetDatabase ?? join(directories.database, 'assets.db'),
    open: (databasePath) => openCatalogue({ databasePath, directories, folders, now, newId: randomUUID }),
    now: now(),
    what: 'the asset catalogue',
    log,
  })

  const candidates = await findPacks(directories.customNodes, config.customNodes)
  const packHost = await startPackHost({
    entry: parts.packHostEntry,
    environment: parts.environment,
    packs: candidates.found,
    directories,
    log,
  })
  const library = createPackLibrary({ candidates, host: packHost, builtins: parts.nodes, log })
  const registry = createNodeRegistry([...parts.nodes, ...library.nodes])
  const environment = createNodeEnvironment(directories)

  // ------------------------------------------------------------ jobs and those who watch them

  const features = {
    supports_preview_metadata: true,
    supports_model_type_tags: true,
    max_upload_size: config.maxUploadSize,
    extension: { manager: { supports_v4: true } },
    node_replacements: true,
    assets: config.assets,
  }
  const runner = createRunnerHost({
    config: { ...config, directories },
    entry: parts.runnerEntry,
    environment: withVisibleDevices(parts.environment, config.cudaDevices),
    packs: library.runnerPacks,
    onPackFailed: library.failedInRunner,
    log,
    signal: stopping.signal,
    onChange: (state) => feed.runnerChanged(state.state, state.detail, state.rss),
  })
  const comfy: ComfySocket = new ComfySocket({
    features,
    remaining: () => jobs.remaining,
    runningNode: () => jobs.runningNode,
    newClientId: () => randomBytes(16).toString('hex'),
    log,
  })
  const feed: StudioFeed = new StudioFeed({
    unfinishedJobs: () => jobs.unfinishedJobs,
    device: () => runner.device,
    runnerState: () => runner.state,
    paused: () => jobs.paused,
  })
  logs.listen((entry) => comfy.sendLog(entry))
  const jobs: JobLifecycle = new JobLifecycle({
    database,
    assets: config.assets ? catalogue : undefined,
    files,
    runner,
    observer: tellAll([comfy, feed], (error) => log('error', `an observer failed: ${(error as Error).stack}`)),
    now,
    randomHex: (digits) =>
      randomBytes(Math.ceil(digits / 2))
        .toString('hex')
        .slice(0, digits),
    log,
  })
  jobs.resume(waiting)
  if (waiting.length > 0) log('info', `${waiting.length} prompts were waiting and are queued again`)
  if (jobs.paused) log('info', 'the queue is paused')

  // ------------------------------------------------------------ HTTP

  const limits = { maxUploadSize: config.maxUploadSize, maxJsonSize }
  const submitter = new PromptSubmitter({
    registry,
    environment,
    replacements: library.replacements,
    firstNumber: jobs.nextNumber,
    numberBeforeAll: () => jobs.numberBeforeAll,
    now,
    newId: randomUUID,
  })
  const users = createUserStore({ directory: directories.user, multiUser: config.multiUser, newId: randomUUID })
  const onNodeFailure = (classType: string, error: unknown) =>
    log('warn', `node ${classType} could not be described: ${(error as Error).message}`)
  const assets = assetRoutes({
    catalogue,
    limits,
    ownerOf: (request) => userOfRequest(users, request),
    onFailure: (error) => log('error', `assets: ${(error as Error).stack ?? error}`),
  })
  const app = createHttpServer({
    access,
    routes: [
      ...promptRoutes({ jobs, submitter, limits, free: runner.free }),
      ...historyRoutes({ database, limits }),
      ...hostedRoutes({ jobs, database, users }),
      ...jobRoutes({ jobs, database, limits }),
      ...studioQueueRoutes({ jobs, limits }),
      ...viewRoutes({ directories, findContent: catalogue.findContent }),
      ...uploadRoutes({
        directories,
        maxUploadSize: config.maxUploadSize,
        arriving: catalogue.arriving,
        onStored: (path, hash) =>
          config.assets
            ? catalogue.register(path, { hash, jobId: null, tags: ['uploaded'] }).catch((error: Error) => {
                log('warn', `an upload is not in the catalogue: ${error.message}`)
                return null
              })
            : Promise.resolve(null),
      }),
      ...nodeRoutes({ registry, environment, onFailure: onNodeFailure }),
      ...packRoutes({
        files: createPackFiles(library.packs, (message) => log('warn', message)),
        replacements: library.replacements,
        report: library.report,
      }),
      ...modelRoutes({ folders }),
      ...(config.assets ? assets : assetRoutesSwitchedOff(assets)),
      ...userDataRoutes({ users, settings: createSettingsFiles(), limits }),
      ...internalRoutes({
        logs,
        folders,
        directories,
        limits,
        subscribe: (clientId, enabled) => comfy.subscribeToLogs(clientId, enabled),
      }),
      ...systemRoutes({
        stats: createSystemStats({
          device: () => runner.device,
          argv: config.argv,
          visibleDevices: config.cudaDevices,
          modelBytes: () => runner.modelBytes,
          onnxRuntimeVersion: parts.onnxRuntimeVersion,
          now,
        }),
        features,
        frontEndRoot: config.frontEndRoot,
        studioPort: config.studioPort,
      }),
    ],
    tls,
    compress: config.compress,
    onError: (error, what) => log('error', `${what}: ${(error as Error).stack ?? error}`),
  })
  const takeComfy = (socket: Parameters<ComfySocket['connect']>[0], query: URLSearchParams) =>
    comfy.connect(socket, query.get('clientId'))
  const upgrades = serveUpgrades({
    access,
    paths: {
      '/ws': takeComfy,
      '/api/ws': takeComfy,
      '/internal/studio/feed': (socket) => feed.connect(socket),
    },
  })
  const listening = await listenEverywhere(app, {
    hosts: config.hosts,
    port: config.port,
    tls,
    prepare: upgrades.serve,
    onMissing: (host) => log('warn', `this machine has no address ${host}: not listening there`),
  })
  // What appeared or vanished while no engine ran; in the background.
  if (config.assets) void catalogue.scanner.start(['models', 'input', 'output'])

  const background = tidyUp(reconcile, { isLive: (job) => jobs.isLive(job), signal: stopping.signal }, [
    directories.input,
    directories.user,
  ]).catch((error: Error) => log('error', `tidying up failed: ${error.stack}`))

  return {
    url: urlOf(listening.address, tls !== null),
    async close() {
      stopping.abort()
      const ended = jobs.shutdown(stopGrace)
      await runner.close()
      await packHost.close()
      await ended
      comfy.close()
      feed.close()
      upgrades.close()
      await listening.close()
      await app.close()
      await background
      await catalogue.close()
      closeQuietly(database)
      await emptyDirectory(directories.temp)
    },
  }
}

async function tidyUp(
  reconcile: ReconcileOptions,
  live: { isLive: (job: string) => boolean; signal: AbortSignal },
  uploadDirectories: readonly string[],
): Promise<void> {
  await reconcileFolders({ ...reconcile, ...live })
  for (const directory of uploadDirectories) {
    if (live.signal.aborted) return
    await sweepStaleUploads(directory, reconcile.now(), (path) => rm(path, { force: true }))
  }
}

function urlOf(address: AddressInfo, isTls: boolean): string {
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `${isTls ? 'https' : 'http'}://${host}:${address.port}`
}

function closeQuietly(database: JobDatabase): void {
  try {
    database.close()
  } catch {
    // Everything in it was committed when it happened.
  }
}
