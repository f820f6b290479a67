/**
 * @file Downloads of models to the pod: each goes on where a cut connection stopped it, reserves its space first, and is
 * visible only complete, judged and, where a SHA-256 is known, proved. They end with the process.
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
  /** Tries without a byte of progress. @default 6 */
  maxTries?: number
}

export interface Downloads {
  list(): ModelDownload[]
  /** Begins one. @throws StudioError when the address, the name or the place is not acceptable, or one runs for it */
  start(request: DownloadModel): Promise<ModelDownload>
  /** @throws StudioError `not_found`, `conflict` when it is over */
  cancel(id: string): ModelDownload
  /** Ends all, leaving nothing. */
  close(): Promise<void>
}

/** Ended ones that are still listed. */
const maxEnded = 20
const maxRunning = 3
const longestPause = 30_000

interface Running {
  state: ModelDownload
  abort: AbortController
  done: Promise<void>
}

export function createDownloads(deps: DownloadsDeps): Downloads {
  const { policy, store, ledger, events, now, firstPause = 1000, maxTries = 6 } = deps
  const all = new Map<string, Running>()
  const isRunning = ({ state }: Running) => state.state === 'running'

  function tell(state: ModelDownload): void {
    const severity = state.state === 'failed' ? 'error' : state.state === 'done' ? 'success' : 'info'
    const words = {
      running: 'is being downloaded',
      done: 'was downloaded',
      failed: 'could not be downloaded',
      cancelled: 'is no longer downloaded',
    }
    const message = `${state.file} ${words[state.state]}${state.error ? `: ${state.error}` : ''}`
    events.append('models.download', severity, message, { download: { ...state } })
  }

  async function run(request: DownloadModel, state: ModelDownload, partial: PartialModel, signal: AbortSignal) {
    let validator: string | null = null
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
          const answer = await fetchRange(request.url, { policy, offset: partial.received, validator, signal })
          validator = answer.validator
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
          if (++tries >= maxTries)
            throw new FinalError('invalid_request', `The connection broke too often (${(error as Error).message})`)
          await pause(Math.min(longestPause, firstPause * 2 ** (tries - 1)), signal)
        }
      }
    } catch (error) {
      await store.discard(partial).catch(() => undefined)
      state.state = signal.aborted ? 'cancelled' : 'failed'
      state.error = signal.aborted ? null : error instanceof StudioError ? error.message : 'The disk refused it'
    } finally {
      reservation?.release()
      tell(state)
    }
  }

  return {
    list: () => [...all.values()].map(({ state }) => ({ ...state })).reverse(),
    async start(request) {
      const { folder, filename } = request
      const url = URL.canParse(request.url) ? new URL(request.url) : null
      if (!url) throw new StudioError('invalid_request', 'That is not an address')
      const reason = policy.refuse(url)
      if (reason) throw new StudioError('forbidden', `Not from there: ${reason}`)
      const running = [...all.values()].filter(isRunning)
      if (running.some(({ state }) => state.folder === folder && state.file === filename)) {
        throw new StudioError('conflict', `${filename} is being downloaded already`)
      }
      if (running.length >= maxRunning) throw new StudioError('conflict', `${maxRunning} downloads at a time`)
      await ledger.requireRoom('Downloads')
      const id = newTransfer()
      const partial = await store.partial({ folder, filename }, { download: id })
      const state: ModelDownload = {
        ...{ id, folder, file: filename, host: url.hostname, state: 'running', received: 0, total: null },
        ...{ attempts: 0, error: null, started_at: now() / 1000 },
      }
      const abort = new AbortController()
      tell(state)
      all.set(id, { state, abort, done: run(request, state, partial, abort.signal) })
      for (const [old, entry] of all) if (all.size > maxEnded && !isRunning(entry)) all.delete(old)
      return { ...state }
    },
    cancel(id) {
      const download = all.get(id)
      if (!download) throw new StudioError('not_found', 'There is no such download')
      if (!isRunning(download)) throw new StudioError('conflict', 'This download is over')
      download.abort.abort()
      return { ...download.state }
    },
    async close() {
      for (const { abort } of all.values()) abort.abort()
      await Promise.all([...all.values()].map(({ done }) => done))
    },
  }
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
