/** @file The upload queue: three files at a time, each with its own progress, cancel and retry. Lives over all pages. */
import { createStore } from 'zustand/vanilla'
import { inWords } from '../api-error.ts'
import type { SendFile } from './send.ts'

export interface Upload {
  id: number
  file: File
  state: 'waiting' | 'sending' | 'done' | 'failed' | 'cancelled'
  /** bytes */
  sent: number
  /** bytes per second, smoothed */
  speed: number
  /** why it failed, in words */
  error: string | null
  /** name in the library once done */
  stored: string | null
}

interface QueueOptions {
  send: SendFile
  /** milliseconds, monotonic */
  now: () => number
  /** all of one drop are through; names as stored */
  onBatchDone: (stored: string[]) => void
}

const atOnce = 3

export function createUploadQueue({ send, now, onBatchDone }: QueueOptions) {
  const store = createStore<{ uploads: readonly Upload[] }>(() => ({ uploads: [] }))
  const aborts = new Map<number, AbortController>()
  let nextId = 1
  let reported = new Set<number>()

  const change = (id: number, part: Partial<Upload>) =>
    store.setState(({ uploads }) => ({
      uploads: uploads.map((upload) => (upload.id === id ? { ...upload, ...part } : upload)),
    }))
  const all = () => store.getState().uploads

  function pump() {
    const sending = all().filter((upload) => upload.state === 'sending').length
    for (const upload of all()
      .filter((each) => each.state === 'waiting')
      .slice(0, atOnce - sending))
      void run(upload)
    if (all().some((upload) => upload.state === 'waiting' || upload.state === 'sending')) return
    const fresh = all().filter((upload) => upload.state === 'done' && !reported.has(upload.id))
    if (fresh.length === 0) return
    reported = new Set(all().map((upload) => upload.id))
    onBatchDone(fresh.flatMap((upload) => upload.stored ?? []))
  }

  async function run({ id, file }: Upload) {
    const abort = new AbortController()
    aborts.set(id, abort)
    change(id, { state: 'sending', sent: 0, speed: 0, error: null })
    let last = { at: now(), sent: 0, speed: 0 }
    try {
      const stored = await send(file, {
        signal: abort.signal,
        onProgress: (sent) => {
          const at = now()
          // Ten updates a second are enough to read; the browser reports up to fifty.
          if (at - last.at < 100 && sent < file.size) return
          const measured = ((sent - last.sent) / Math.max(1, at - last.at)) * 1000
          last = { at, sent, speed: last.speed === 0 ? measured : last.speed * 0.7 + measured * 0.3 }
          change(id, { sent, speed: last.speed })
        },
      })
      change(id, { state: 'done', sent: file.size, stored })
    } catch (error) {
      if (abort.signal.aborted) change(id, { state: 'cancelled' })
      else change(id, { state: 'failed', error: inWords(error) })
    } finally {
      aborts.delete(id)
      pump()
    }
  }

  return {
    store,
    add(files: readonly File[]) {
      const added = files.map(
        (file): Upload => ({ id: nextId++, file, state: 'waiting', sent: 0, speed: 0, error: null, stored: null }),
      )
      store.setState(({ uploads }) => ({ uploads: [...uploads, ...added] }))
      pump()
      return added.map((upload) => upload.id)
    },
    cancel(id: number) {
      aborts.get(id)?.abort()
      if (all().find((upload) => upload.id === id)?.state === 'waiting') change(id, { state: 'cancelled' })
    },
    retry(id: number) {
      change(id, { state: 'waiting', sent: 0, error: null })
      pump()
    },
    /** Takes everything that is over off the list. */
    clear() {
      store.setState(({ uploads }) => ({
        uploads: uploads.filter((upload) => upload.state === 'waiting' || upload.state === 'sending'),
      }))
    },
  }
}

export type UploadQueue = ReturnType<typeof createUploadQueue>
