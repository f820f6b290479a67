/**
 * @file Downloads of models to the pod: each goes on where a cut connection or a pause stopped it, reserves its space first,
 * and is visible only complete, judged and, where a SHA-256 is known, proved. They end with the process.
 */
import { truncate } from 'node:fs/promises'
import type { DownloadModel, ModelDownload } from '#contracts/models'
import type { EventSink } from '../events/event-log.ts'
import { StudioError } from '../http/errors.ts'
import type { Ledger, Reservation } from '../storage/ledger.ts'
import type { SourcePolicy } from './allowed-source.ts'
import { FinalError, fetchRange } from './fetch-range.ts'
import { type ModelStore, newTransfer, type PartialModel } from './model-store.ts'

export interface DownloadsDeps {
  policy: SourcePolicy
  store: ModelStore
  ledger: Ledger
  events: EventSink
  /** Milliseconds since 1970. */
  now: () => number
  /** First pause before another try, in milliseconds. @default 1000 */
  firstPause?: number
  /** Tries without a byte of progress; at most 3 before the first byte. @default 6 */
  maxTries?: number
}

export interface Downloads {
  list(): ModelDownload[]
  /** Begins one. @throws StudioError when the address, the name or the place is not acceptable, or one runs for it */
  start(request: DownloadModel): Promise<ModelDownload>
  /** Stops it and keeps its bytes. @throws StudioError `not_found`, `conflict` when it does not run */
  pause(id: string): Promise<ModelDownload>
  /** Goes on with a paused one where it stopped. @throws StudioError `not_found`, `conflict` when it is not paused */
  resume(id: string): Promise<ModelDownload>
  /** Stops it and forgets its bytes. @throws StudioError `not_found`, `conflict` when it is over */
  cancel(id: string): Promise<ModelDownload>
  /** Ends all, leaving nothing. */
  close(): Promise<void>
}

/** Ended ones that are still listed. */
const maxEnded = 20
const maxRunning = 3
const longestPause = 30_000

interface Download {
  request: DownloadModel
  state: ModelDownload
  partial: PartialModel
  /** Of the answer that the bytes came from. */
  validator: string | null
  /** Of the run that is under way, or was the last. */
  abort: AbortController
  done: Promise<void>
}

/** Why a run was stopped; without it the bytes are forgotten. */
const pauseReason = new Error('paused')

export function createDownloads(deps: DownloadsDeps): Downloads {
  const { policy, store, ledger, events, now, firstPause = 1000, maxTries = 6 } = deps
  const all = new Map<string, Download>()
  const isRunning = ({ state }: Download) => state.state === 'running'
  const isOver = ({ state }: Download) => state.state !== 'running' && state.state !== 'paused'

  function tell(state: ModelDownload): void {
    const severity = state.state === 'failed' ? 'error' : state.state === 'done' ? 'success' : 'info'
    const words = {
      running: 'is being downloaded',
      paused: 'is downloaded up to here',
      done: state.compared ? 'was downloaded' : 'was downloaded; no SHA-256 was known to compare it with',
      failed: 'could not be downloaded',
      cancelled: 'is no longer downloaded',
    }
    const message = `${state.file} ${words[state.state]}${state.error ? `: ${state.error}` : ''}`
    events.append('models.download', severity, message, { download: { ...state } })
  }

  async function run(download: Download): Promise<void> {
    const { request, state, partial } = download
    const { signal } = download.abort
    state.received = partial.received
    let reservation: Reservation | null = null
    let tries = 0
    let toldTenth = 0

    /** Counts what arrives; tells every tenth of the way. */
    async function* watched(body: AsyncIterable<Buffer>, room: Reservation): AsyncGenerator<Buffer> {
      for await (const chunk of body) {
        if (state.total === null) await room.grow(chunk.length)
        else if (state.received + chunk.length > state.total)
          throw new FinalError('invalid_request', 'The host sends more than it said')
        yield chunk
        state.received += chunk.length
        tries = 0
        const tenth = state.total === null ? 0 : Math.floor((state.received / state.total) * 10)
        if (tenth > toldTenth && tenth < 10) {
          toldTenth = tenth
          tell(state)
        }
      }
    }

    try {
      for (;;) {
        try {
          state.attempts++
          const from = { offset: partial.received, validator: download.validator }
          const answer = await fetchRange(request.url, { policy, ...from, signal })
          download.validator = answer.validator
          if (answer.start !== partial.received) {
            await truncate(partial.path, answer.start)
            partial.received = answer.start
            state.received = answer.start
          }
          state.total = answer.total
          reservation ??= await ledger.reserve(Math.max(0, (answer.total ?? 0) - partial.received))
          await store.append(
            { folder: request.folder, filename: request.filename },
            partial,
            watched(answer.body, reservation),
            answer.total,
          )
          if (answer.total !== null && partial.received < answer.total) throw new Error('the connection was cut')
          await store.publish({ folder: request.folder, filename: request.filename }, partial, request.sha256)
          state.state = 'done'
          return
        } catch (error) {
          if (signal.aborted || error instanceof StudioError) throw error
          state.received = partial.received
          // Where nothing ever came, a person should soon be told.
          const most = state.received === 0 ? Math.min(maxTries, 3) : maxTries
          if (++tries >= most) throw new BrokenError((error as NodeJS.ErrnoException).code, { cause: error })
          await pause(Math.min(longestPause, firstPause * 2 ** (tries - 1)), signal)
        }
      }
    } catch (error) {
      const reason = signal.aborted ? null : error instanceof StudioError ? error.message : 'The disk refused it'
      const keeps = signal.aborted
        ? signal.reason === pauseReason
        : error instanceof BrokenError && partial.received > 0
      const end = keeps ? 'paused' : signal.aborted ? 'cancelled' : 'failed'
      // Who sees that it is over finds nothing of it any more.
      if (!keeps) await store.discard(partial).catch(() => undefined)
      Object.assign(state, { state: end, received: partial.received, error: reason } satisfies Partial<ModelDownload>)
    } finally {
      reservation?.release()
      tell(state)
    }
  }

  function require(id: string): Download {
    const download = all.get(id)
    if (!download) throw new StudioError('not_found', 'There is no such download')
    return download
  }

  function requireNone(folder: string, filename: string): void {
    const known = [...all.values()].find(
      (one) => !isOver(one) && one.state.folder === folder && one.state.file === filename,
    )
    if (!known) return
    const how = isRunning(known) ? 'is being downloaded already' : 'is paused: go on with it, or cancel it first'
    throw new StudioError('conflict', `${filename} ${how}`)
  }

  async function requirePlace(): Promise<void> {
    if ([...all.values()].filter(isRunning).length >= maxRunning) {
      throw new StudioError('conflict', `${maxRunning} downloads at a time`)
    }
    await ledger.requireRoom('Downloads')
  }

  function go(download: Download): ModelDownload {
    download.state.state = 'running'
    download.state.error = null
    download.abort = new AbortController()
    tell(download.state)
    download.done = run(download)
    return { ...download.state }
  }

  return {
    list: () => [...all.values()].map(({ state }) => ({ ...state })).reverse(),
    async start(request) {
      const { folder, filename } = request
      const url = URL.canParse(request.url) ? new URL(request.url) : null
      if (!url) throw new StudioError('invalid_request', 'That is not an address')
      const reason = policy.refuse(url)
      if (reason) throw new StudioError('forbidden', `Not from there: ${reason}`)
      requireNone(folder, filename)
      await requirePlace()
      const id = newTransfer()
      const partial = await store.partial({ folder, filename }, { download: id })
      // Another request may have been quicker.
      requireNone(folder, filename)
      const state: ModelDownload = {
        ...{ id, folder, file: filename, host: url.hostname, state: 'running', received: 0, total: null },
        ...{ attempts: 0, error: null, started_at: now() / 1000, compared: request.sha256 !== undefined },
      }
      const nothing = { validator: null, abort: new AbortController(), done: Promise.resolve() }
      const download: Download = { request, state, partial, ...nothing }
      all.set(id, download)
      for (const [old, entry] of all) if (all.size > maxEnded && isOver(entry)) all.delete(old)
      return go(download)
    },
    async pause(id) {
      const download = require(id)
      if (!isRunning(download)) throw new StudioError('conflict', 'This download does not run')
      download.abort.abort(pauseReason)
      await download.done
      return { ...download.state }
    },
    async resume(id) {
      const download = require(id)
      const requirePaused = () => {
        if (download.state.state !== 'paused') throw new StudioError('conflict', 'This download is not paused')
      }
      requirePaused()
      const { folder, filename } = download.request
      await requirePlace()
      const partial = await store.partial({ folder, filename }, { download: id })
      // Another request may have been quicker.
      requirePaused()
      download.partial = partial
      return go(download)
    },
    async cancel(id) {
      const download = require(id)
      if (isOver(download)) throw new StudioError('conflict', 'This download is over')
      if (isRunning(download)) {
        download.abort.abort()
        await download.done
      } else await forget(download)
      return { ...download.state }
    },
    async close() {
      for (const { abort } of all.values()) abort.abort()
      await Promise.all([...all.values()].map(({ done }) => done))
      for (const download of all.values()) if (download.state.state === 'paused') await forget(download)
    },
  }

  async function forget({ state, partial }: Download): Promise<void> {
    await store.discard(partial).catch(() => undefined)
    state.state = 'cancelled'
    state.error = null
    tell(state)
  }
}

/** The connection did not come about or broke too often. @param code - Node's, of the last failure */
class BrokenError extends StudioError {
  constructor(code: string | undefined, options: ErrorOptions) {
    const reason =
      code && Object.hasOwn(networkFailures, code) ? networkFailures[code]! : 'The connection broke too often'
    super('invalid_request', `${reason} (${code ?? (options.cause as Error).message})`, options)
  }
}

/** What a person can do something with, by Node's error code. */
const networkFailures: Record<string, string> = {
  ENOTFOUND: 'The pod does not find the host: it has no way to the internet, or no name server',
  EAI_AGAIN: 'The pod does not find the host: it has no way to the internet, or no name server',
  ENETUNREACH: 'The pod has no way to the internet',
  EHOSTUNREACH: 'The pod has no way to the host',
  ECONNREFUSED: 'The host takes no connections',
  ETIMEDOUT: 'The host does not answer',
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal.addEventListener('abort', stop, { once: true })
  })
}
