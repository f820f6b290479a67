/**
 * @file The model store: keeps sessions open between jobs, by file identity, up to a number of bytes, and forgets the
 * one that was used longest ago. A session that a node holds survives being forgotten: its next run opens it again.
 */

import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { InterruptedError } from '../nodes/define.ts'
import { modelFiles, type OpenedModel, type OpenOptions, openModel, openNetwork } from './open-model.ts'
import { openRuntime } from './runtime/open-runtime.ts'
import type { Runtime, ValueFacts } from './runtime/session.ts'
import { runtimeError } from './runtime-error.ts'
import type { ManagedModelStore, ModelFacts, ModelSession, NetworkSession, NetworkSource } from './store.ts'
import { createTokenizerLoader } from './text/clip-tokenizer.ts'

export interface ModelStoreOptions {
  /** `cpu` or `cuda:<index>` */
  device: string
  /** Sessions above this are closed, oldest use first; a single larger model still opens. */
  maxBytes: number
  log: (level: 'info' | 'warn' | 'error', message: string) => void
  /** @default the processor's threads */
  threads?: number
}

/** Something that can be opened, and is open at most once. */
interface Origin {
  /** A path, or the key of a built network. */
  key: string
  label: string
  /** What it will keep resident, when that is known before it opens. */
  expectedBytes: number
  /** Changes when what it would open is another model. */
  identity(): Promise<string>
  open(options: OpenOptions): Promise<OpenedModel>
}

interface Entry {
  label: string
  identity: string
  opened: OpenedModel
  facts: ModelFacts
  /** Runs and the close, one after another: closing under a run would end the process. */
  turn: Promise<unknown>
}

export function createModelStore(options: ModelStoreOptions): ManagedModelStore {
  const { device, maxBytes, log, threads = availableParallelism() } = options
  /** By the origin's key, in order of last use. */
  const entries = new Map<string, Entry>()
  const opening = new Map<string, Promise<Entry>>()
  let runtime: Promise<Runtime> | null = null
  const clipTokenizer = createTokenizerLoader()
  /** Of the prompt that runs now: it ends what the models compute. */
  let running: AbortSignal | undefined

  async function acquire(origin: Origin): Promise<Entry> {
    const identity = await origin.identity()
    const known = entries.get(origin.key)
    if (known?.identity === identity) {
      entries.delete(origin.key)
      entries.set(origin.key, known)
      return known
    }
    const key = `${origin.key}\n${identity}`
    const pending = opening.get(key) ?? load(origin, identity).finally(() => opening.delete(key))
    opening.set(key, pending)
    return pending
  }

  async function load(origin: Origin, identity: string): Promise<Entry> {
    const { key, label } = origin
    // The file was replaced: what is open is another model.
    await close(key)
    await makeRoom(origin.expectedBytes)
    runtime ??= openRuntime(log)
    const opened = await origin.open({ runtime: await runtime, device, threads })
    const facts: ModelFacts = { path: key, format: opened.format, bytes: opened.bytes }
    const entry: Entry = { label, identity, opened, facts, turn: Promise.resolve() }
    entries.set(key, entry)
    log('info', `opened ${label} on ${device}, ${megabytes(facts.bytes)}`)
    await makeRoom(0, key)
    return entry
  }

  async function makeRoom(needed: number, keep?: string): Promise<void> {
    for (const key of [...entries.keys()]) {
      const total = [...entries.values()].reduce((sum, { facts }) => sum + facts.bytes, needed)
      if (total <= maxBytes) return
      if (key !== keep) await close(key)
    }
  }

  async function close(key: string): Promise<void> {
    const entry = entries.get(key)
    if (!entry) return
    entries.delete(key)
    await inTurn(entry, () => entry.opened.native.release())
    log('info', `closed ${entry.label}`)
  }

  function runnable(origin: Origin): NetworkSession {
    return {
      async run(feeds, fetches) {
        let entry = await acquire(origin)
        // It may have been closed while this waited; a run that is queued now comes before any later close.
        while (entries.get(origin.key) !== entry) entry = await acquire(origin)
        const { native } = entry.opened
        return inTurn(entry, async () => {
          const signal = running
          if (signal?.aborted) throw new InterruptedError()
          try {
            return await native.run(feeds, fetches, signal ? { signal } : {})
          } catch (error) {
            if (signal?.aborted) throw new InterruptedError()
            throw runtimeError(`${origin.label} failed`, error)
          }
        })
      },
    }
  }

  function fileOrigin(path: string): Origin {
    return {
      key: path,
      label: basename(path),
      expectedBytes: 0,
      identity: () => fileIdentity(path),
      open: (options) => openModel(path, options),
    }
  }

  function networkOrigin(source: NetworkSource): Origin {
    return {
      key: source.key,
      label: source.label,
      expectedBytes: source.bytes,
      identity: async () => '',
      open: (options) => openNetwork(source, options),
    }
  }

  return {
    device,
    async open(path) {
      const origin = fileOrigin(path)
      const { opened, facts } = await acquire(origin)
      return { session: { ...describePorts(opened), ...runnable(origin) }, facts }
    },
    clipTokenizer,
    network: (source) => runnable(networkOrigin(source)),
    interruptWith(signal) {
      running = signal ?? undefined
    },
    list: () => [...entries.values()].map(({ facts }) => facts),
    async unloadAll() {
      await Promise.allSettled(opening.values())
      await Promise.all([...entries.keys()].map(close))
    },
  }
}

function describePorts({ native }: OpenedModel): Omit<ModelSession, 'run'> {
  const { inputs, outputs } = native
  return {
    inputNames: inputs.map(({ name }) => name),
    outputNames: outputs.map(({ name }) => name),
    inputShapes: shapesByName(inputs),
    outputShapes: shapesByName(outputs),
  }
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
