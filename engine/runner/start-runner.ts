/**
 * @file The runner's side of the IPC: takes requests from the engine, runs one prompt at a time, and tells what
 * happens. Ends with its parent. Everything it works with is made here and lives as long as the process.
 */
import { findFfmpeg } from '#platform/ffmpeg'
import { createNodeEnvironment } from '../environment.ts'
import { createResultCache } from '../graph/cache.ts'
import { defaultPreviewSize } from '../models/preview-canvas.ts'
import type { ManagedModelStore } from '../models/store.ts'
import type { AnyNode } from '../nodes/define.ts'
import { createNodeRegistry } from '../nodes/registry.ts'
import { createBreath } from './breath.ts'
import type { RunnerConfig } from './config.ts'
import type { FromRunner, RunRequest, ToRunner } from './messages.ts'
import { runPrompt } from './run-prompt.ts'

type Log = (level: 'info' | 'warn' | 'error', message: string) => void

interface ModelsOptions {
  log: Log
  onChange: () => void
  onOpening: (model: string | null) => void
}

export interface RunnerParts {
  config: RunnerConfig
  nodes: readonly AnyNode[]
  createModels: (options: ModelsOptions) => ManagedModelStore
}

/** @throws Error when the process was not forked with an IPC channel */
export function startRunner({ config, nodes, createModels }: RunnerParts): void {
  if (process.send === undefined) throw new Error('The runner is started by the engine, not by hand')
  let unsent = 0
  const send = (message: FromRunner) => {
    // The parent may be gone by now; then 'disconnect' ends this process.
    if (!process.connected) return
    unsent += 1
    process.send?.(message, undefined, undefined, () => {
      unsent -= 1
    })
  }
  const log: Log = (level, message) => send({ type: 'log', level, message })

  /** Of the run under way. */
  let running: string | null = null
  const models = createModels({
    log,
    onChange: () => reportMemory(),
    onOpening: (model) => running !== null && send({ type: 'opening', promptId: running, model }),
  })
  const services = {
    registry: createNodeRegistry(nodes),
    environment: createNodeEnvironment(config.directories),
    models,
    cache: createResultCache({ mode: config.cacheMode, maxBytes: config.cacheMaxBytes }),
    directories: config.directories,
    metadata: config.metadata,
    previewMethod: config.previewMethod ?? 'auto',
    keepsOneModel: config.keepOneModel === true,
    previewSize: config.previewSize ?? defaultPreviewSize,
    ffmpeg: findFfmpeg(),
    breathe: createBreath({ parentPid: process.ppid, unsent: () => unsent }),
    send,
    log,
  }
  function reportMemory(): void {
    send({
      type: 'memory',
      rss: process.memoryUsage.rss(),
      models: models.list().map(({ path, bytes }) => ({ path, bytes })),
      cacheBytes: services.cache.bytes,
    })
  }

  /** By prompt: the run under way, and one that waits for `free` to be done. */
  const runs = new Map<string, AbortController>()
  /** Runs and `free`, one after another. */
  let turn: Promise<void> = Promise.resolve()

  async function run(request: RunRequest, signal: AbortSignal): Promise<void> {
    models.interruptWith(signal)
    running = request.promptId
    const outcome = await runPrompt(request, services, signal)
    running = null
    models.interruptWith(null)
    runs.delete(request.promptId)
    send({ type: 'done', promptId: request.promptId, outcome })
    reportMemory()
  }

  async function free({ unloadModels, freeMemory }: { unloadModels: boolean; freeMemory: boolean }): Promise<void> {
    if (freeMemory) services.cache.clear()
    if (unloadModels) await models.unloadAll()
    reportMemory()
  }

  function inTurn(work: () => Promise<void>): void {
    turn = turn.then(work).catch((error: unknown) => log('error', describe(error)))
  }

  process.on('message', (message: ToRunner) => {
    switch (message.type) {
      case 'run': {
        const controller = new AbortController()
        runs.set(message.request.promptId, controller)
        return inTurn(() => run(message.request, controller.signal))
      }
      case 'interrupt':
        runs.get(message.promptId)?.abort()
        return
      case 'free':
        return inTurn(() => free(message))
      case 'ping':
        return send({ type: 'pong' })
      case 'shutdown':
        process.exit(0)
    }
  })
  process.on('disconnect', () => process.exit(0))
  // Signals to the whole process group (Ctrl-C, a container's stop) are the engine's to answer: it ends the job first.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

  send({ type: 'ready', device: models.device, pid: process.pid })
  reportMemory()
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
