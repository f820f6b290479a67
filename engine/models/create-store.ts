/**
 * @file The model store: keeps sessions open between jobs, by file identity, as long as what runs next fits beside them, and
 * closes the one that was used longest ago when it would not. A session that a node holds survives being closed: its next
 * run opens it again. A run that finds no memory all the same is tried once more with everything else closed.
 */

import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import type { Tensor } from 'onnxruntime-common'
import type { MemoryFigures } from '#platform/memory'
import { InterruptedError } from '../nodes/define.ts'
import { modelFiles, type OpenedModel, type OpenOptions, openModel, openNetwork } from './open-model.ts'
import { openRuntime } from './runtime/open-runtime.ts'
import type { Runtime, ValueFacts } from './runtime/session.ts'
import { isOutOfMemory, memoryError, runtimeError } from './runtime-error.ts'
import type { FeedShapes, ManagedModelStore, ModelFacts, ModelSession, NetworkSession, NetworkSource } from './store.ts'
import { createTokenizerLoader } from './text/clip-tokenizer.ts'

export interface ModelStoreOptions {
  /** `cpu` or `cuda:<index>` */
  device: string
  /** Sessions above this are closed, oldest use first; a single larger model still opens. */
  maxBytes: number
  /** The device's memory now: sessions are also closed when what runs next does not fit into what is free. */
  memory?: () => Promise<MemoryFigures | null>
  /** Told when a session was opened or closed. */
  onChange?: () => void
  /** Told what is being opened now, and with null that nothing is any more. */
  onOpening?: (name: string | null) => void
  log: (level: 'info' | 'warn' | 'error', message: string) => void
  /** @default the processor's threads */
  threads?: number
}

/** Something that can be opened, and is open at most once. */
interface Origin {
  /** A path, or the key of a built network. */
  key: string
  /** The file's name. */
  label: string
  part?: string | undefined
  /** What it will keep resident, when that is known before it opens. */
  expectedBytes: number
  /** What a run takes beside. */
  workingBytes(shapes: FeedShapes): number
  memoryAdvice?: string | undefined
  /** Changes when what it would open is another model. */
  identity(): Promise<string>
  open(options: OpenOptions): Promise<OpenedModel>
}

interface Entry {
  /** For the log. */
  name: string
  identity: string
  opened: OpenedModel
  facts: ModelFacts
  /** Of the largest run: the runtime's arena keeps what a run took. */
  workingBytes: number
  /** Runs and the close, one after another: closing under a run would end the process. */
  turn: Promise<unknown>
}

/** What a run is about. */
interface Run {
  workingBytes: number
  feeds: Record<string, Tensor>
  fetches: readonly string[] | undefined
  /** Of the prompt that asked for it, also when it comes to its turn in another's time. */
  signal: AbortSignal | undefined
}

/** Estimates are not exact: a network is refused unopened only when the device is half as large as they say, or smaller. */
const surelyTooLarge = 2

export function createModelStore(options: ModelStoreOptions): ManagedModelStore {
  const { device, maxBytes, memory, onChange, onOpening, log, threads = availableParallelism() } = options
  /** By the origin's key, in order of last use. */
  const entries = new Map<string, Entry>()
  const opening = new Map<string, Promise<Entry>>()
  let runtime: Promise<Runtime> | null = null
  const clipTokenizer = createTokenizerLoader()
  /** Of the prompt that runs now: it ends what the models compute. */
  let running: AbortSignal | undefined

  async function acquire(origin: Origin, workingBytes: number): Promise<Entry> {
    const identity = await origin.identity()
    const known = entries.get(origin.key)
    if (known?.identity === identity) {
      entries.delete(origin.key)
      entries.set(origin.key, known)
      if (workingBytes > known.workingBytes) {
        await makeRoom(workingBytes - known.workingBytes, origin.key)
        setWorkingBytes(known, workingBytes)
      }
      return known
    }
    const key = `${origin.key}\n${identity}`
    const pending = opening.get(key) ?? loadTold(origin, identity, workingBytes).finally(() => opening.delete(key))
    opening.set(key, pending)
    return pending
  }

  async function loadTold(origin: Origin, identity: string, workingBytes: number): Promise<Entry> {
    onOpening?.(nameOf(origin))
    try {
      return await load(origin, identity, workingBytes)
    } finally {
      // Several are opened at once now and then: the first end of one is as good a moment as the last.
      onOpening?.(null)
    }
  }

  async function load(origin: Origin, identity: string, workingBytes: number): Promise<Entry> {
    const { key } = origin
    const name = nameOf(origin)
    // The file was replaced: what is open is another model.
    await close(key)
    await makeRoom(origin.expectedBytes + workingBytes)
    runtime ??= openRuntime(log)
    const opened = await origin.open({ runtime: await runtime, device, threads })
    const facts: ModelFacts = { path: key, format: opened.format, bytes: opened.bytes }
    const entry: Entry = { name, identity, opened, facts, workingBytes: 0, turn: Promise.resolve() }
    setWorkingBytes(entry, workingBytes)
    entries.set(key, entry)
    log('info', `opened ${name} on ${device}, ${megabytes(opened.bytes)}`)
    onChange?.()
    await makeRoom(0, key)
    return entry
  }

  function setWorkingBytes(entry: Entry, workingBytes: number): void {
    entry.workingBytes = workingBytes
    entry.facts.bytes = entry.opened.bytes + workingBytes
  }

  /** Closes what was used longest ago until so many bytes more would fit. */
  async function makeRoom(needed: number, keep?: string): Promise<void> {
    for (const key of [...entries.keys()]) {
      if (await fits(needed)) return
      if (key !== keep) await close(key)
    }
  }

  async function fits(needed: number): Promise<boolean> {
    const total = [...entries.values()].reduce((sum, { facts }) => sum + facts.bytes, needed)
    if (total > maxBytes) return false
    const figures = needed > 0 ? await memory?.() : null
    return !figures || needed <= figures.free
  }

  async function close(key: string): Promise<void> {
    const entry = entries.get(key)
    if (!entry) return
    entries.delete(key)
    await inTurn(entry, () => entry.opened.native.release())
    log('info', `closed ${entry.name}`)
    onChange?.()
  }

  async function closeAll(): Promise<void> {
    await Promise.allSettled(opening.values())
    await Promise.all([...entries.keys()].map(close))
  }

  function runnable(origin: Origin): NetworkSession {
    return {
      async run(feeds, fetches) {
        const signal = running
        const workingBytes = origin.workingBytes(shapesOf(feeds))
        await requirePossible(origin, workingBytes)
        const work = withRetry(origin, () => runOnce(origin, { workingBytes, feeds, fetches, signal }))
        return signal ? untilInterrupted(work, signal) : work
      },
      requireRoom: (shapes) => requirePossible(origin, origin.workingBytes(shapes)),
    }
  }

  /** @throws NodeError, before anything is closed for it, when the device is far too small whatever is closed */
  async function requirePossible(origin: Origin, workingBytes: number): Promise<void> {
    const known = entries.get(origin.key)
    if (!memory || (known && workingBytes <= known.workingBytes)) return
    const needed = origin.expectedBytes + workingBytes
    const total = (await memory())?.total
    if (!total || needed < surelyTooLarge * total) return
    throw memoryError(nameOf(origin), { needed, total, advice: origin.memoryAdvice })
  }

  /** Once more with every model closed, when memory ran out and something is gained by that. */
  async function withRetry<T>(origin: Origin, work: () => Promise<T>): Promise<T> {
    // What earlier runs of this one have left in its arena is also given back.
    const wasOpen = entries.has(origin.key)
    try {
      return await work()
    } catch (error) {
      if (!isOutOfMemory(error)) throw error
      const isWorthwhile = wasOpen || [...entries.keys()].some((key) => key !== origin.key)
      await closeAll()
      if (!isWorthwhile) throw error
      log('warn', `memory ran out in ${nameOf(origin)}: every model was closed, and it is tried once more`)
    }
    try {
      return await work()
    } catch (error) {
      if (isOutOfMemory(error)) await closeAll()
      throw error
    }
  }

  async function runOnce(
    origin: Origin,
    { workingBytes, feeds, fetches, signal }: Run,
  ): Promise<Record<string, Tensor>> {
    let entry = await acquire(origin, workingBytes)
    // It may have been closed while this waited; a run that is queued now comes before any later close.
    while (entries.get(origin.key) !== entry) entry = await acquire(origin, workingBytes)
    const { native } = entry.opened
    return inTurn(entry, async () => {
      if (signal?.aborted) throw new InterruptedError()
      try {
        return await native.run(feeds, fetches, signal ? { signal } : {})
      } catch (error) {
        if (signal?.aborted) throw new InterruptedError()
        throw runtimeError(`${nameOf(origin)} failed`, error, origin.memoryAdvice)
      }
    })
  }

  function fileOrigin(path: string): Origin {
    return {
      key: path,
      label: basename(path),
      expectedBytes: 0,
      workingBytes: () => 0,
      identity: () => fileIdentity(path),
      open: (options) => openModel(path, options),
    }
  }

  function networkOrigin(source: NetworkSource): Origin {
    return {
      key: source.key,
      label: source.label,
      part: source.part,
      expectedBytes: source.bytes,
      workingBytes: (shapes) => source.workingBytes?.(shapes) ?? 0,
      memoryAdvice: source.memoryAdvice,
      identity: async () => '',
      open: (options) => openNetwork(source, options),
    }
  }

  return {
    device,
    async open(path) {
      const origin = fileOrigin(path)
      const { opened, facts } = await withRetry(origin, () => acquire(origin, 0))
      return { session: { ...describePorts(opened), ...runnable(origin) }, facts }
    },
    clipTokenizer,
    network: (source) => runnable(networkOrigin(source)),
    interruptWith(signal) {
      running = signal ?? undefined
    },
    list: () => [...entries.values()].map(({ facts }) => facts),
    unloadAll: closeAll,
  }
}

function nameOf({ label, part }: Origin): string {
  return part === undefined ? label : `${label} (${part})`
}

function shapesOf(feeds: Record<string, Tensor>): FeedShapes {
  return Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, dims]))
}

function describePorts({ native }: OpenedModel): Omit<ModelSession, 'run' | 'requireRoom'> {
  const { inputs, outputs } = native
  return {
    inputNames: inputs.map(({ name }) => name),
    outputNames: outputs.map(({ name }) => name),
    inputShapes: shapesByName(inputs),
    outputShapes: shapesByName(outputs),
  }
}

/**
 * Ends as interrupted as soon as that is asked for. The runtime stops before its next operator, and opening not at all: a
 * convolution of a large network, or its opening, may last longer than a person waits. Either ends unheard, and what runs
 * next waits for it.
 */
function untilInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const interrupt = () => reject(new InterruptedError())
    if (signal.aborted) interrupt()
    signal.addEventListener('abort', interrupt, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', interrupt))
  })
}

/** Waits for what the entry is doing, then works. The next in line does not care how this one ended. */
function inTurn<T>(entry: Entry, work: () => Promise<T>): Promise<T> {
  const result = entry.turn.then(work)
  entry.turn = result.catch(() => undefined)
  return result
}

/** Changes when any file of the model is replaced or rewritten. */
async function fileIdentity(path: string): Promise<string> {
  const files = await Promise.all(
    modelFiles(path).map(async (file) => {
      const stats = await stat(file, { bigint: true }).catch(() => null)
      return stats ? [stats.dev, stats.ino, stats.size, stats.mtimeNs].join(':') : 'missing'
    }),
  )
  return files.join(' ')
}

function shapesByName(values: readonly ValueFacts[]): Record<string, readonly (number | string)[]> {
  return Object.fromEntries(values.map(({ name, shape }) => [name, shape]))
}

function megabytes(bytes: number): string {
  return `${Math.max(1, Math.round(bytes / 1e6))} MB`
}
