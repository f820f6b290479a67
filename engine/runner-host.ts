/**
 * @file The runner as the engine uses it: the device is probed first, in the background, and runs wait for the
 * supervised child that then starts. Before that the state is `starting`.
 */
import type { EngineConfig } from './config.ts'
import type { JobRunner } from './jobs/lifecycle.ts'
import type { RunnerPack } from './packs/pack-library.ts'
import type { RunnerEntry } from './runner/child-process.ts'
import { defaultMemoryBounds } from './runner/config.ts'
import { probeDevice } from './runner/probe-device.ts'
import { createRunnerSupervisor, type RunnerSupervisor } from './runner/supervisor.ts'

export interface RunnerHostOptions {
  config: EngineConfig
  entry: RunnerEntry
  environment: NodeJS.ProcessEnv
  packs: readonly RunnerPack[]
  /** A pack that had loaded in the engine failed in the runner. */
  onPackFailed: (name: string, reason: string) => void
  log: (level: 'info' | 'warn' | 'error', message: string) => void
  /** Aborted when the engine stops. */
  signal: AbortSignal
  onChange: (state: {
    state: 'starting' | 'ready' | 'busy' | 'down'
    detail: string | null
    rss: number | null
  }) => void
}

export interface RunnerHost extends JobRunner {
  /** `cpu` or `cuda:<n>`. */
  readonly device: string
  readonly state: 'starting' | 'ready' | 'busy' | 'down'
  /** Bytes that open models hold, as the runner said last. */
  readonly modelBytes: number
  free: (what: { unloadModels: boolean; freeMemory: boolean }) => void
  close(): Promise<void>
}

export function createRunnerHost(options: RunnerHostOptions): RunnerHost {
  let supervisor: RunnerSupervisor | null = null
  let device = 'cpu'
  const brokenPacks = new Set<string>()
  let loadingPack: string | null = null
  const tell = () =>
    options.onChange({
      state: supervisor?.state.state ?? 'starting',
      detail: supervisor?.state.detail ?? null,
      rss: supervisor?.memory?.rss ?? null,
    })

  const started = (async () => {
    const { config, entry, environment, log, signal } = options
    const choice = await probeDevice({ wanted: config.device, entry, environment, signal })
    device = choice.device
    log('info', `device: ${choice.device}. ${choice.reason}`)
    const { input, output, temp, customNodes, modelRoots, extraModels } = config.directories
    const memoryBounds = await defaultMemoryBounds()
    if (signal.aborted) return null
    supervisor = createRunnerSupervisor({
      entry,
      environment,
      log,
      config: () => ({
        mode: 'run',
        directories: { input, output, temp, customNodes, modelRoots, extraModels },
        device: choice.device,
        cacheMode: config.cache,
        metadata: config.metadata,
        previewMethod: config.previewMethod,
        previewSize: config.previewSize,
        reserveBytes: config.models.reserveBytes ?? undefined,
        keepOneModel: config.models.keepOne,
        packs: options.packs.filter(({ name }) => !brokenPacks.has(name)),
        ...memoryBounds,
      }),
      onPack(message) {
        loadingPack = message.state === 'loading' ? message.name : null
        if (message.state === 'failed') options.onPackFailed(message.name, message.reason)
      },
      onState(state) {
        // It ended in the code of a pack: without that one the next will start.
        if (state.state === 'down' && loadingPack !== null && !signal.aborted) {
          brokenPacks.add(loadingPack)
          options.onPackFailed(loadingPack, state.detail ?? 'The runner ended.')
          loadingPack = null
        }
        tell()
      },
      onMemory: tell,
    })
    return supervisor
  })()

  return {
    get device() {
      return supervisor?.state.device ?? device
    },
    get state() {
      return supervisor?.state.state ?? 'starting'
    },
    get modelBytes() {
      return supervisor?.memory?.models.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0
    },
    async run(request, onMessage, signal) {
      const ready = await started
      // The engine stops before the runner ever started.
      if (!ready) return { status: 'interrupted', outputs: {}, meta: {}, error: null }
      return ready.run(request, onMessage, { signal })
    },
    free: (what) => supervisor?.free(what),
    async close() {
      await (await started)?.close()
    },
  }
}
