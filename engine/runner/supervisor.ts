/**
 * @file Keeps one runner child alive and gives it one prompt at a time. A child that dies is restarted with back-off and
 * takes only its own run along; a run that does not stop when asked is killed. A busy child may be silent for minutes
 * (a model's run blocks it), so only an idle one is asked whether it still answers.
 */

import { forkRunner, type RunnerChild, type RunnerEntry } from './child-process.ts'
import type { RunnerConfig } from './config.ts'
import type { FromRunner, RunOutcome, RunRequest, ToRunner } from './messages.ts'
import { createRunRecorder, type RunRecorder } from './run-recorder.ts'

export interface RunnerState {
  state: 'starting' | 'ready' | 'busy' | 'down'
  /** Unix milliseconds. */
  since: number
  /** What models run on, once the runner has said so. */
  device: string | null
  /** Why it is down or being started again, in words. */
  detail: string | null
  restarts: number
  pid: number | null
}

export type PackMessage = Extract<FromRunner, { type: 'pack' }>
export type MemoryReport = Omit<Extract<FromRunner, { type: 'memory' }>, 'type'>

/** All in milliseconds. */
export interface SupervisorTimes {
  /** From the request to interrupt to SIGKILL. A tile of a big model takes seconds. @default 10000 */
  interruptGrace: number
  /** From the fork to `ready`, the loading of node packs aside. @default 60000 */
  start: number
  /** For one node pack to load. @default 15000 */
  pack: number
  /** From a request to the first sign of life. @default 30000 */
  answer: number
  /** Between questions to an idle runner. @default 30000 */
  idlePing: number
  /** First pause before a runner that died is started again; doubles up to `maxBackoff`. @default 500 */
  backoff: number
  /** @default 30000 */
  maxBackoff: number
}

export interface SupervisorOptions {
  entry: RunnerEntry
  /** Asked at each start of a child. */
  config: () => RunnerConfig
  environment: NodeJS.ProcessEnv
  log: (level: 'info' | 'warn' | 'error', message: string) => void
  onState?: (state: RunnerState) => void
  onMemory?: (report: MemoryReport) => void
  /** A child that starts has come to a node pack. */
  onPack?: (message: PackMessage) => void
  times?: Partial<SupervisorTimes>
}

export interface RunnerSupervisor {
  readonly state: RunnerState
  /** What the runner reported last, or null. */
  readonly memory: MemoryReport | null
  /**
   * Runs a prompt, once the runner is ready. Messages come in order and before the outcome; should the runner die, the
   * message that ends the run is made up.
   * @returns how the run ended: always, also when the runner died (`RunnerCrashed`) or the supervisor was closed
   * @throws Error when another run is under way
   */
  run(
    request: RunRequest,
    onMessage: (message: FromRunner) => void,
    options?: { signal?: AbortSignal },
  ): Promise<RunOutcome>
  /** Asks the run of this prompt to stop, and kills it when it does not within the grace time. */
  interrupt(promptId: string): void
  /** After the current run: closes models, forgets results. Nothing to do for a runner that is down. */
  free(what: { unloadModels: boolean; freeMemory: boolean }): void
  /** Ends the child at once; a run under way ends as interrupted. */
  close(): Promise<void>
}

interface ActiveRun {
  request: RunRequest
  recorder: RunRecorder
  onMessage: (message: FromRunner) => void
  settle: (outcome: RunOutcome) => void
  /** Whether the child has been given the run. */
  sent: boolean
  interrupted: boolean
  killTimer?: NodeJS.Timeout
}

const defaultTimes: SupervisorTimes = {
  interruptGrace: 10_000,
  start: 60_000,
  pack: 15_000,
  answer: 30_000,
  idlePing: 30_000,
  backoff: 500,
  maxBackoff: 30_000,
}

/** Starts the first child at once. */
export function createRunnerSupervisor(options: SupervisorOptions): RunnerSupervisor {
  const times = { ...defaultTimes, ...options.times }
  let state: RunnerState = { state: 'starting', since: Date.now(), device: null, detail: null, restarts: 0, pid: null }
  let memory: MemoryReport | null = null
  let child: RunnerChild | null = null
  let active: ActiveRun | null = null
  let closing = false
  /** Children in a row that ended without having finished a run or answered. */
  let failures = 0
  /** The one timer that waits for the child: to start, to take a run, to answer while idle. */
  let watchdog: NodeJS.Timeout | undefined
  let restart: NodeJS.Timeout | undefined

  function setState(change: Partial<RunnerState>): void {
    const since = change.state !== undefined && change.state !== state.state ? Date.now() : state.since
    state = { ...state, ...change, since }
    options.onState?.(state)
  }

  function watch(milliseconds: number, act: () => void): void {
    clearTimeout(watchdog)
    watchdog = setTimeout(act, milliseconds)
  }

  function tell(message: ToRunner): void {
    child?.send(message)
  }

  // ------------------------------------------------------------ the child

  function start(): void {
    const started = forkRunner({
      entry: options.entry,
      config: options.config(),
      environment: options.environment,
      onMessage: (message) => {
        if (child === started) receive(message as FromRunner)
      },
      onOutput: (line) => options.log('info', `runner: ${line}`),
    })
    child = started
    setState({ state: 'starting', pid: started.pid })
    watchStart()
    void started.ended.then(gone)
  }

  function watchStart(): void {
    watch(times.start, () => child?.kill(`The runner did not start within ${times.start / 1000} seconds.`))
  }

  function gone(reason: string): void {
    child = null
    memory = null
    clearTimeout(watchdog)
    const run = active
    if (closing) {
      setState({ state: 'down', detail: null, pid: null })
      if (run) endActive(run, reason)
      return
    }
    options.log(run?.interrupted ? 'warn' : 'error', reason)
    setState({ state: 'down', detail: reason, pid: null, restarts: state.restarts + 1 })
    restart = setTimeout(start, nextPause(run))
    // A run that the child had not been given yet waits for the next child.
    if (run?.sent) endActive(run, reason)
  }

  /** A child that a run took along says nothing of the next one; a child that failed by itself does. */
  function nextPause(run: ActiveRun | null): number {
    if (run?.sent) {
      failures = 0
      return run.interrupted ? 0 : times.backoff
    }
    failures += 1
    return Math.min(times.maxBackoff, times.backoff * 2 ** (failures - 1))
  }

  function receive(message: FromRunner): void {
    switch (message.type) {
      case 'ready':
        options.log('info', `runner ${message.pid} is ready on ${message.device}`)
        setState({ state: 'ready', device: message.device, detail: null })
        if (active) submit(active)
        else idle()
        break
      case 'memory': {
        const { type: _, ...report } = message
        memory = report
        options.onMemory?.(report)
        break
      }
      case 'pack':
        options.onPack?.(message)
        if (message.state !== 'loading') watchStart()
        else watch(times.pack, () => child?.kill(`The pack ${message.name} held the runner when it was loaded.`))
        break
      case 'pong':
        failures = 0
        if (!active) idle()
        break
      case 'log':
        options.log(message.level, message.message)
        break
      case 'done':
        if (active?.request.promptId === message.promptId) finish(active, message.outcome)
        break
      default:
        if (active?.request.promptId !== message.promptId) break
        // It has begun; from now on it may be silent for as long as a model takes.
        clearTimeout(watchdog)
        if (message.type === 'message') active.recorder.note(message.message)
        active.onMessage(message)
    }
  }

  /** Asks after a while whether the child still answers. */
  function idle(): void {
    watch(times.idlePing, () => {
      tell({ type: 'ping' })
      watch(times.answer, () => child?.kill(`The runner did not answer for ${times.answer / 1000} seconds.`))
    })
  }

  // ------------------------------------------------------------ the run

  function submit(run: ActiveRun): void {
    run.sent = true
    setState({ state: 'busy' })
    watch(times.answer, () => child?.kill(`The runner did not take the job within ${times.answer / 1000} seconds.`))
    tell({ type: 'run', request: run.request })
  }

  function finish(run: ActiveRun, outcome: RunOutcome): void {
    failures = 0
    settle(run, outcome)
    setState({ state: 'ready' })
    idle()
  }

  /** Ends a run that its child can no longer end. */
  function endActive(run: ActiveRun, reason: string): void {
    const { message, outcome } = run.interrupted ? run.recorder.interrupted() : run.recorder.crashed(reason)
    run.onMessage({ type: 'message', promptId: run.request.promptId, message, timestamp: Date.now() })
    settle(run, outcome)
  }

  function settle(run: ActiveRun, outcome: RunOutcome): void {
    clearTimeout(run.killTimer)
    active = null
    run.settle(outcome)
  }

  function interrupt(promptId: string): void {
    const run = active
    if (run?.request.promptId !== promptId || run.interrupted) return
    run.interrupted = true
    if (!run.sent) {
      endActive(run, 'It was interrupted before it began.')
      return
    }
    tell({ type: 'interrupt', promptId })
    run.killTimer = setTimeout(
      () => child?.kill('The run did not stop when asked and was killed.'),
      times.interruptGrace,
    )
  }

  start()
  return {
    get state() {
      return state
    },
    get memory() {
      return memory
    },
    async run(request, onMessage, { signal } = {}) {
      if (active !== null) throw new Error(`A run is under way: ${active.request.promptId}`)
      const recorder = createRunRecorder(request)
      if (closing || signal?.aborted) return recorder.interrupted().outcome
      const onAbort = () => interrupt(request.promptId)
      signal?.addEventListener('abort', onAbort, { once: true })
      try {
        return await new Promise<RunOutcome>((settle) => {
          active = { request, recorder, onMessage, settle, sent: false, interrupted: false }
          if (state.state === 'ready') submit(active)
        })
      } finally {
        signal?.removeEventListener('abort', onAbort)
      }
    },
    interrupt,
    free: (what) => tell({ type: 'free', ...what }),
    async close() {
      closing = true
      clearTimeout(watchdog)
      clearTimeout(restart)
      if (active) active.interrupted = true
      if (child === null) {
        gone('The engine is stopping.')
        return
      }
      const { ended } = child
      child.kill('The engine is stopping.')
      await ended
    },
  }
}
