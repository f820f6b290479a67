/**
 * @file The upload queue: three files at a time, each with its own progress, pause, cancel and retry. A cut is no failure: it
 * is tried again until it works. Lives over all pages; after a reload the pod tells what is unfinished. Loaded by `uploads.ts`.
 */

import type { UnfinishedUpload } from '#contracts/uploads'
import { inWords } from '../api-error.ts'
import { whyRefused } from './dropped.ts'
import { createPauses, isPassing, whyCut } from './retry.ts'
import type { Wire } from './send.ts'
import { isOnItsWay, isOpen, isRunning, isSameFile, type Upload } from './upload.ts'
import type { UploadList } from './uploads.ts'

export interface QueueOptions {
  /** what is shown of it; only the queue changes it */
  list: UploadList
  wire: Wire
  /** milliseconds, monotonic */
  now: () => number
  /** all of one drop are through; names as stored */
  onBatchDone: (stored: string[]) => void
}

const atOnce = 3
const statusOf = (error: unknown) => (error as { status?: number }).status

export function createUploadQueue({ list, wire, now, onBatchDone }: QueueOptions) {
  const aborts = new Map<number, AbortController>()
  const pauses = createPauses()
  let nextId = 1
  let reported = new Set<number>()

  const change = (id: number, part: Partial<Upload>) =>
    list.setState(({ uploads }) => ({
      uploads: uploads.map((upload) => (upload.id === id ? { ...upload, ...part } : upload)),
    }))
  const all = () => list.getState().uploads
  const find = (id: number) => all().find((upload) => upload.id === id)

  function pump() {
    const free = atOnce - all().filter(isOnItsWay).length
    for (const { id, file } of all()
      .filter((each) => each.state === 'waiting')
      .slice(0, Math.max(0, free)))
      if (file !== null) void run(id, file)
    if (all().some(isRunning)) return
    const fresh = all().filter((upload) => upload.state === 'done' && !reported.has(upload.id))
    if (fresh.length === 0) return
    reported = new Set(all().map((upload) => upload.id))
    onBatchDone(fresh.flatMap((upload) => upload.stored ?? []))
  }

  async function run(id: number, file: File) {
    const abort = new AbortController()
    aborts.set(id, abort)
    for (let attempt = 0; !abort.signal.aborted; attempt++) {
      try {
        change(id, { state: 'sending', speed: 0, error: null })
        const stored = await wire.send(file, {
          url: find(id)?.url ?? null,
          signal: abort.signal,
          onUrl: (url) => change(id, { url }),
          onProgress: progressOf(id, file.size, () => {
            attempt = 0
          }),
        })
        change(id, { state: 'done', sent: file.size, speed: 0, stored })
        break
      } catch (error) {
        // Whoever stopped it said what it is now.
        if (abort.signal.aborted) break
        if (!isPassing(error)) {
          const helpless = [400, 413, 415].includes(statusOf(error) ?? 0)
          change(id, { state: helpless ? 'refused' : 'failed', speed: 0, error: inWords(error) })
          break
        }
        change(id, { state: 'cut', speed: 0, error: whyCut(error) })
        await pauses.pause(attempt, abort.signal)
      }
    }
    if (aborts.get(id) === abort) aborts.delete(id)
    pump()
  }

  /** Ten updates a second are enough to read; the browser reports up to fifty. */
  function progressOf(id: number, size: number, onMoved: () => void) {
    let last: { at: number; sent: number; speed: number } | null = null
    return (sent: number) => {
      const at = now()
      if (last === null) {
        last = { at, sent, speed: 0 }
        change(id, { sent })
        return
      }
      if (at - last.at < 100 && sent < size) return
      const measured = ((sent - last.sent) / Math.max(1, at - last.at)) * 1000
      if (sent > last.sent) onMoved()
      last = { at, sent, speed: last.speed === 0 ? measured : last.speed * 0.8 + measured * 0.2 }
      change(id, { sent, speed: last.speed })
    }
  }

  /** Removes from the pod what is there, also when the pod cannot be reached right now. */
  async function discard(url: string) {
    for (let attempt = 0; ; attempt++) {
      try {
        return await wire.remove(url)
      } catch (error) {
        // Anything else: nobody goes on with it, and the pod removes it after a day.
        if (!isPassing(error)) return
        await pauses.pause(attempt)
      }
    }
  }

  function stop(id: number, state: 'paused' | 'cancelled') {
    const upload = find(id)
    if (upload === undefined || !isOpen(upload)) return
    if (state === 'paused' && !isRunning(upload)) return
    change(id, { state, speed: 0, error: null, ...(state === 'cancelled' && { url: null }) })
    const running = aborts.get(id)
    aborts.delete(id)
    running?.abort()
    if (state === 'cancelled' && upload.url !== null) void discard(upload.url)
  }

  function start(id: number) {
    const upload = find(id)
    if (upload === undefined || upload.file === null) return
    if (!['paused', 'failed', 'cancelled'].includes(upload.state)) return
    change(id, { state: 'waiting', error: null, ...(upload.state === 'cancelled' && { sent: 0 }) })
  }

  /** Changes many, and only then looks who is next: else one that is about to stop would start first. */
  function each(ids: readonly number[], act: (id: number) => void) {
    for (const id of ids) act(id)
    pump()
  }
  const ids = (which: (upload: Upload) => boolean) =>
    all()
      .filter(which)
      .map(({ id }) => id)

  const entry = (part: Pick<Upload, 'name' | 'size' | 'modified' | 'file' | 'state'> & Partial<Upload>): Upload => ({
    ...{ id: nextId++, sent: 0, speed: 0, error: null, stored: null, url: null },
    ...part,
  })
  const append = (added: readonly Upload[]) => list.setState(({ uploads }) => ({ uploads: [...uploads, ...added] }))

  return {
    /** Takes files on; one that the pod has a part of goes on there. @returns their ids, in order */
    add(files: readonly File[]) {
      const ids = files.map((file) => {
        const begun = all().find((upload) => upload.state === 'unfinished' && isSameFile(upload, file))
        if (begun !== undefined) {
          change(begun.id, { file, state: 'waiting', error: null })
          return begun.id
        }
        const { name, size, lastModified: modified } = file
        const error = whyRefused(file)
        const added = entry({ name, size, modified, file, error, state: error === null ? 'waiting' : 'refused' })
        append([added])
        return added.id
      })
      pump()
      return ids
    },
    /** The file of an unfinished upload, chosen again. @returns false when it is another file */
    provide(id: number, file: File) {
      const upload = find(id)
      if (upload?.state !== 'unfinished') return false
      if (!isSameFile(upload, file)) {
        change(id, { error: `${file.name} is another file.` })
        return false
      }
      change(id, { file, state: 'waiting', error: null })
      pump()
      return true
    },
    /** What the pod has of uploads that this page does not know. */
    restore(unfinished: readonly UnfinishedUpload[]) {
      const known = new Set(all().map((upload) => upload.url))
      const added = unfinished
        .map(({ id, name, size, modified, offset }) => ({
          ...{ name, size, modified, sent: offset, url: `/api/admin/uploads/${id}` },
        }))
        .filter(({ url, sent }) => sent > 0 && !known.has(url))
      if (added.length > 0) append(added.map((each) => entry({ ...each, file: null, state: 'unfinished' })))
    },
    pause: (id: number) => each([id], (one) => stop(one, 'paused')),
    cancel: (id: number) => each([id], (one) => stop(one, 'cancelled')),
    /** Goes on with what was paused, tries again what failed or was cancelled. */
    resume: (id: number) => each([id], start),
    pauseAll: () => each(ids(isRunning), (id) => stop(id, 'paused')),
    resumeAll: () =>
      each(
        ids(({ state }) => state === 'paused'),
        start,
      ),
    cancelAll: () => each(ids(isOpen), (id) => stop(id, 'cancelled')),
    /** It is worth trying again now. */
    wake: pauses.wake,
    /** Takes everything that is over off the list. */
    clear: () => list.setState(({ uploads }) => ({ uploads: uploads.filter(isOpen) })),
  }
}

export type UploadQueue = ReturnType<typeof createUploadQueue>
