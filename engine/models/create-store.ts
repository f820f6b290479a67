/**
 * @file The model store: keeps sessions open between jobs, by file identity, up to a number of bytes, and forgets the
 * one that was used longest ago. A session that a node holds survives being forgotten: its next run opens it again.
 */

import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { NodeError } from '../nodes/define.ts'
import { modelFiles, type OpenedModel, openModel } from './open-model.ts'
import type { ManagedModelStore, ModelFacts, ModelSession } from './store.ts'

export interface ModelStoreOptions {
  /** `cpu` or `cuda:<index>` */
  device: string
  /** Sessions above this are closed, oldest use first; a single larger model still opens. */
  maxBytes: number
  log: (level: 'info' | 'warn' | 'error', message: string) => void
  /** @default the processor's threads */
  threads?: number
}

interface Entry {
  identity: string
  opened: OpenedModel
  facts: ModelFacts
  /** Runs and the close, one after another: closing under a run would end the process. */
  turn: Promise<unknown>
}

export function createModelStore(options: ModelStoreOptions): ManagedModelStore {
  const { device, maxBytes, log, threads = availableParallelism() } = options
  /** By path, in order of last use. */
  const entries = new Map<string, Entry>()
  const opening = new Map<string, Promise<Entry>>()

  async function acquire(path: string): Promise<Entry> {
    const identity = await fileIdentity(path)
    const known = entries.get(path)
    if (known?.identity === identity) {
      entries.delete(path)
      entries.set(path, known)
      return known
    }
    const key = `${path}\n${identity}`
    const pending = opening.get(key) ?? load(path, identity).finally(() => opening.delete(key))
    opening.set(key, pending)
    return pending
  }

  async function load(path: string, identity: string): Promise<Entry> {
    // The file was replaced: what is open is another model.
    await close(path)
    const opened = await openModel(path, { device, threads })
    const facts: ModelFacts = { path, format: opened.format, bytes: opened.bytes }
    const entry: Entry = { identity, opened, facts, turn: Promise.resolve() }
    entries.set(path, entry)
    log('info', `opened ${basename(path)} on ${device}, ${megabytes(facts.bytes)}`)
    await makeRoom(path)
    return entry
  }

  async function makeRoom(keep: string): Promise<void> {
    for (const path of [...entries.keys()]) {
      const total = [...entries.values()].reduce((sum, { facts }) => sum + facts.bytes, 0)
      if (total <= maxBytes) return
      if (path !== keep) await close(path)
    }
  }

  async function close(path: string): Promise<void> {
    const entry = entries.get(path)
    if (!entry) return
    entries.delete(path)
    await inTurn(entry, () => entry.opened.native.release())
    log('info', `closed ${basename(path)}`)
  }

  function createSession(path: string, opened: OpenedModel): ModelSession {
    const { inputNames, outputNames, inputMetadata, outputMetadata } = opened.native
    return {
      inputNames,
      outputNames,
      inputShapes: shapesByName(inputMetadata),
      outputShapes: shapesByName(outputMetadata),
      async run(feeds, fetches) {
        let entry = await acquire(path)
        // It may have been closed while this waited; a run that is queued now comes before any later close.
        while (entries.get(path) !== entry) entry = await acquire(path)
        const { native } = entry.opened
        return inTurn(entry, async () => {
          try {
            return fetches ? await native.run(feeds, [...fetches]) : await native.run(feeds)
          } catch (error) {
            throw new NodeError(`${basename(path)} failed: ${(error as Error).message.split('\n')[0]}`, 'RuntimeError')
          }
        })
      },
    }
  }

  return {
    device,
    async open(path) {
      const { opened, facts } = await acquire(path)
      return { session: createSession(path, opened), facts }
    },
    list: () => [...entries.values()].map(({ facts }) => facts),
    async unloadAll() {
      await Promise.allSettled(opening.values())
      await Promise.all([...entries.keys()].map(close))
    },
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

function shapesByName(
  metadata: readonly { name: string; isTensor: boolean; shape?: readonly (number | string)[] }[],
): Record<string, readonly (number | string)[]> {
  return Object.fromEntries(metadata.map(({ name, shape }) => [name, shape ?? []]))
}

function megabytes(bytes: number): string {
  return `${Math.max(1, Math.round(bytes / 1e6))} MB`
}
