/**
 * @file Thumbnails of assets: from memory, from the cache, or made now; each picture once, however many ask for it.
 */
import { createHash } from 'node:crypto'
import type { AssetType } from '#contracts/assets'
import type { ByteCount } from '../storage/ledger.ts'
import type { PictureFacts, ThumbnailShape } from './messages.ts'
import type { ThumbnailCache } from './thumbnail-cache.ts'
import { type ThumbnailProcess, UnreadablePictureError } from './thumbnail-process.ts'

/** One version of one asset. */
export interface PictureVersion {
  type: AssetType
  segments: string[]
  size: number
  /** Unix seconds, as in the listing. */
  modified: number
  /** Where its bytes are when not at its own place: in the trash. Its thumbnails stay the ones it had. */
  lies?: { root: string; segments: string[] }
}

export interface Thumbnails extends ByteCount {
  /** Names the content of a thumbnail: another picture, time or shape gives another key. */
  keyOf(picture: PictureVersion, shape: ThumbnailShape): string
  /** From memory only. */
  recent(key: string): Buffer | undefined
  /**
   * @param signal - of the one who asks; the work stops when nobody is left who wants it
   * @throws UnreadablePictureError
   */
  get(picture: PictureVersion, shape: ThumbnailShape, signal?: AbortSignal): Promise<Buffer>
  /** Makes one that will be asked for, when nothing more urgent is to be done. */
  prepare(picture: PictureVersion, shape: ThumbnailShape): Promise<void>
}

export interface ThumbnailsOptions {
  /** Absolute paths. */
  roots: Record<AssetType, string>
  cache: ThumbnailCache
  process: ThumbnailProcess
  /** Told what was seen when a picture was read. */
  onFacts?: (picture: PictureVersion, facts: PictureFacts) => void
}

/** Changes when the way thumbnails are made changes. */
const recipe = 'webp-2'
const maxRememberedFailures = 1000

interface Making {
  promise: Promise<Buffer>
  stop: AbortController
  /** How many wait for it. */
  waiting: number
}

export function createThumbnails({ roots, cache, process, onFacts }: ThumbnailsOptions): Thumbnails {
  const making = new Map<string, Making>()
  /** Broken pictures are looked at once, not on every page view. */
  const failures = new Map<string, string>()

  const keyOf: Thumbnails['keyOf'] = ({ type, segments, size, modified }, shape) =>
    createHash('sha256')
      .update(JSON.stringify([recipe, type, segments, size, modified, shape]))
      .digest('hex')
      .slice(0, 40)

  async function make(
    picture: PictureVersion,
    shape: ThumbnailShape,
    key: string,
    urgent: boolean,
    signal: AbortSignal,
  ) {
    const kept = await cache.find(key)
    if (kept) return kept
    const { root, segments } = picture.lies ?? { root: roots[picture.type], segments: picture.segments }
    try {
      const { webp, facts } = await process.render({ root, segments, shape }, { urgent, signal })
      if (facts && !picture.lies) onFacts?.(picture, facts)
      // A full disk keeps it from being stored, not from being shown.
      await cache.put(key, webp).catch(() => undefined)
      return webp
    } catch (error) {
      if (error instanceof UnreadablePictureError) {
        failures.set(key, error.message)
        if (failures.size > maxRememberedFailures) failures.delete(failures.keys().next().value!)
      }
      throw error
    }
  }

  function begin(picture: PictureVersion, shape: ThumbnailShape, key: string, urgent: boolean): Making {
    const stop = new AbortController()
    const promise = make(picture, shape, key, urgent, stop.signal).finally(() => {
      if (making.get(key)?.stop === stop) making.delete(key)
    })
    // Everybody may have left by the time it fails.
    promise.catch(() => undefined)
    const started = { promise, stop, waiting: 0 }
    making.set(key, started)
    return started
  }

  return {
    keyOf,
    recent: cache.recent,
    get bytes() {
      return cache.bytes
    },
    async get(picture, shape, signal) {
      const key = keyOf(picture, shape)
      const recent = cache.recent(key)
      if (recent) return recent
      const failure = failures.get(key)
      if (failure) throw new UnreadablePictureError(failure)
      signal?.throwIfAborted()
      const shared = making.get(key) ?? begin(picture, shape, key, true)
      shared.waiting++
      const leave = () => {
        shared.waiting--
        if (shared.waiting > 0) return
        if (making.get(key) === shared) making.delete(key)
        shared.stop.abort(new Error('nobody waits for this thumbnail'))
      }
      signal?.addEventListener('abort', leave, { once: true })
      try {
        return await shared.promise
      } finally {
        signal?.removeEventListener('abort', leave)
      }
    },
    async prepare(picture, shape) {
      const key = keyOf(picture, shape)
      if (cache.recent(key) || making.has(key) || failures.has(key)) return
      const started = begin(picture, shape, key, false)
      started.waiting++
      await started.promise.then(
        () => undefined,
        () => undefined,
      )
    },
  }
}
