/**
 * @file The engine's side of the process that holds the code of node packs. None of that code runs in the engine: a pack
 * that hangs or dies while it loads is found out, named and left out, and a function of a node that hangs or dies is
 * answered with an error in time, whatever it does to its process.
 */
import { NodeError } from '../nodes/define.ts'
import { forkRunner, type RunnerChild, type RunnerEntry } from '../runner/child-process.ts'
import { type HookCall, hasHooks } from './declaration.ts'
import type { FoundPack } from './find-packs.ts'
import type { DeclaredPack, FromHost, HostConfig, ToHost } from './host-messages.ts'
import { tooSlow } from './load-pack-words.ts'

/** All in milliseconds. */
export interface PackHostTimes {
  /** For the process to start, before it comes to the first pack. @default 20000 */
  start: number
  /** For one pack to load. @default 10000 */
  load: number
  /** For all of them, at the start of the engine. @default 30000 */
  loadAll: number
  /** For one function of a node. @default 5000 */
  call: number
  /** For the process to answer at all, once a call was late. @default 1000 */
  pong: number
  /** How long a function that was late is not called again. @default 30000 */
  rest: number
}

export interface PackHostOptions {
  entry: RunnerEntry
  environment: NodeJS.ProcessEnv
  packs: readonly FoundPack[]
  directories: HostConfig['directories']
  log: (level: 'info' | 'warn' | 'error', message: string) => void
  times?: Partial<PackHostTimes>
}

export type PackOutcome = { ok: true; pack: DeclaredPack } | { ok: false; reason: string }

export interface PackHost {
  /** By name; one for each pack. */
  readonly outcomes: ReadonlyMap<string, PackOutcome>
  /**
   * Calls a function of a node.
   * @throws NodeError: what the function threw, or that it did not answer (`TimeoutError`) or ended its process
   */
  call(call: HookCall): Promise<unknown>
  close(): Promise<void>
}

/** How one attempt to call a function went. */
type Attempt =
  | { how: 'answered'; value: unknown }
  | { how: 'refused'; error: NodeError }
  /** No answer, and its process is well. */
  | { how: 'late' }
  /** The process ended meanwhile, by itself or because something held its thread; `sole`: nothing else was asked of it. */
  | { how: 'gone'; held: boolean; sole: boolean }

const defaultTimes: PackHostTimes = {
  start: 20_000,
  load: 10_000,
  loadAll: 30_000,
  call: 5000,
  pong: 1000,
  rest: 30_000,
}
/** How much later than the process itself the engine ends a load: by then its thread must be held. */
const loadGrace = 1000
const heldThread = 'A function of a node held its thread.'

/** Loads the packs. Resolves when each has an outcome, at the latest after `loadAll` and one more `load`. @throws never */
export async function startPackHost(options: PackHostOptions): Promise<PackHost> {
  const times = { ...defaultTimes, ...options.times }
  const outcomes = new Map<string, PackOutcome>()
  const pending = new Map<number, (attempt: Attempt) => void>()
  /** Functions that were late or ended the process, and until when they rest. */
  const resting = new Map<string, number>()
  /** Calls whose time is up while it is being found out whether the process still answers. */
  const overdue = new Set<number>()
  let pongTimer: NodeJS.Timeout | undefined
  let child: RunnerChild | null = null
  let starting: Promise<void> | null = null
  let closed = false
  let nextId = 1
  /** Calls that are asked one at a time, and their line. */
  let suspects = 0
  let line: Promise<unknown> = Promise.resolve()

  const usable = () => options.packs.filter(({ name }) => outcomes.get(name)?.ok !== false)
  const fail = (name: string, reason: string) => outcomes.set(name, { ok: false, reason })

  // ------------------------------------------------------------ loading

  /** Starts processes until one has loaded all packs that are not found to be broken. */
  async function start(deadline: number): Promise<void> {
    for (let packs = usable(); packs.length > 0 && !closed; packs = usable()) {
      const end = await boot(packs, deadline)
      if (end === 'ready') return
      if (end === 'failed') continue
      // Those that are known to load get one more process; the others are given up.
      for (const { name } of packs) {
        if (!outcomes.has(name)) fail(name, `The time for all packs, ${times.loadAll / 1000} seconds, was up.`)
      }
      deadline = Number.POSITIVE_INFINITY
    }
  }

  /** @returns `failed`: at least one of the packs has failed now; `time up`: that for all was, whatever has failed */
  function boot(packs: readonly FoundPack[], deadline: number): Promise<'ready' | 'failed' | 'time up'> {
    return new Promise((resolve) => {
      let loading: string | null = null
      let isReady = false
      let isTimeUp = false
      let watchdog: NodeJS.Timeout | undefined
      const watch = () => {
        clearTimeout(watchdog)
        const own = loading === null ? times.start : times.load + loadGrace
        const left = deadline - performance.now()
        const tooLate = loading === null ? 'Its process did not start in time.' : tooSlow(times.load)
        const kill = () => {
          isTimeUp = left < own
          started.kill(isTimeUp ? 'The time for all packs was up.' : tooLate)
        }
        watchdog = setTimeout(kill, Math.max(0, Math.min(own, left)))
      }
      const started = forkRunner({
        entry: options.entry,
        config: { packs, directories: options.directories, loadLimit: times.load },
        who: 'Its process',
        environment: options.environment,
        onOutput: (line) => options.log('info', `packs: ${line}`),
        onMessage: (message) => {
          const said = message as FromHost
          if (said.type === 'loading') loading = said.name
          else if (said.type === 'loaded') outcomes.set(said.name, { ok: true, pack: said.pack })
          else if (said.type === 'failed') fail(said.name, said.reason)
          else if (said.type === 'ready') {
            isReady = true
            clearTimeout(watchdog)
            child = started
            return resolve('ready')
          } else return answered(said)
          watch()
        },
      })
      watch()
      void started.ended.then((reason) => {
        clearTimeout(watchdog)
        if (isReady) return gone(started, reason)
        if (isTimeUp) {
          // What has loaded before is not to blame.
          if (loading !== null && !outcomes.has(loading)) fail(loading, reason)
          return resolve('time up')
        }
        if (loading !== null) fail(loading, reason)
        // It never came to the first pack: nothing can be loaded on this machine.
        else for (const { name } of packs) fail(name, reason)
        resolve('failed')
      })
    })
  }

  // ------------------------------------------------------------ calls

  async function call(wanted: HookCall): Promise<unknown> {
    const key = keyOf(wanted)
    const requireRested = () => {
      if ((resting.get(key) ?? 0) > performance.now()) throw late(wanted, times.call)
    }
    requireRested()
    let attempt: Attempt | null = suspects > 0 ? null : await ask(wanted)
    if (attempt === null || (attempt.how === 'gone' && !attempt.sole)) {
      // Which of the calls under way took the process along shows when they are asked one at a time.
      attempt = await alone(() => {
        requireRested()
        return ask(wanted)
      })
    }
    if (attempt.how === 'answered') return attempt.value
    if (attempt.how === 'refused') throw attempt.error
    resting.set(key, performance.now() + times.rest)
    if (attempt.how === 'late' || attempt.held) throw late(wanted, times.call)
    throw new NodeError(`${nameOf(wanted)} ended its process`, 'RuntimeError')
  }

  async function alone<T>(work: () => Promise<T>): Promise<T> {
    suspects += 1
    const turn = line.then(work)
    line = turn.catch(() => undefined)
    try {
      return await turn
    } finally {
      suspects -= 1
    }
  }

  async function ask(wanted: HookCall): Promise<Attempt> {
    if (child === null && !closed) {
      starting ??= start(Number.POSITIVE_INFINITY).finally(() => {
        starting = null
      })
      await starting
    }
    const asked = child
    if (asked === null)
      return { how: 'refused', error: new NodeError('The pack is not loaded any more', 'RuntimeError') }
    const id = nextId++
    const timer = setTimeout(() => suspect(id, asked), times.call)
    const attempt = await new Promise<Attempt>((resolve) => {
      pending.set(id, resolve)
      asked.send({ type: 'call', id, call: wanted } satisfies ToHost)
    })
    clearTimeout(timer)
    pending.delete(id)
    overdue.delete(id)
    return attempt
  }

  /** Waiting for something that never comes harms nobody else; holding the thread does. */
  function suspect(id: number, asked: RunnerChild): void {
    overdue.add(id)
    pongTimer ??= setTimeout(() => asked.kill(heldThread), times.pong)
    asked.send({ type: 'ping' } satisfies ToHost)
  }

  function answered(said: FromHost): void {
    if (said.type === 'pong') {
      forgetPong()
      for (const id of overdue) pending.get(id)?.({ how: 'late' })
    } else if (said.type === 'answer') pending.get(said.id)?.({ how: 'answered', value: said.value })
    else if (said.type === 'refusal') {
      pending.get(said.id)?.({ how: 'refused', error: new NodeError(said.message, said.exceptionType) })
    }
  }

  function gone(ended: RunnerChild, reason: string): void {
    if (child === ended) child = null
    forgetPong()
    if (!closed && pending.size > 0) options.log('warn', `packs: ${reason}`)
    const attempt = { how: 'gone', held: reason === heldThread, sole: pending.size === 1 } as const
    for (const settle of pending.values()) settle(attempt)
  }

  function forgetPong(): void {
    clearTimeout(pongTimer)
    pongTimer = undefined
  }

  await start(performance.now() + times.loadAll)
  const needsProcess = () => [...outcomes.values()].some((outcome) => outcome.ok && outcome.pack.nodes.some(hasHooks))
  // Nothing will ever be asked of it: its memory is better used.
  if (!needsProcess()) (child as RunnerChild | null)?.kill('It is not needed.')

  return {
    outcomes,
    call,
    async close() {
      closed = true
      const last = child
      last?.kill('The engine is stopping.')
      await last?.ended
    },
  }
}

function keyOf(call: HookCall): string {
  return JSON.stringify([call.hook, call.classType, call.hook === 'choices' ? call.input : null])
}

function nameOf(call: HookCall): string {
  return call.hook === 'choices' ? `The list of choices for ${call.input}` : `The validation of ${call.classType}`
}

function late(call: HookCall, limit: number): NodeError {
  return new NodeError(`${nameOf(call)} did not answer within ${limit / 1000} seconds`, 'TimeoutError')
}
