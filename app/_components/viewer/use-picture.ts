'use client'
/**
 * @file Which source of a picture is on the stage: the preview size first, the original as soon as it is zoomed.
 * Every swap waits for `decode()`, so nothing flashes; neighbours are fetched ahead.
 */
import { useEffect, useState } from 'react'
import type { MediaItem } from '../../_client/media-item.ts'
import { fileUrl, thumbnailUrl } from '../../_client/urls.ts'
import type { Size } from './zoom.ts'

/** Thumbnails are still pictures: what may move is shown as it is. */
const mayMove = (item: MediaItem) => /\.(gif|webp)$/i.test(item.name)
const original = (item: MediaItem) => fileUrl(item.root, item.path)
const preview = (item: MediaItem) =>
  mayMove(item) ? original(item) : thumbnailUrl(item.root, item.path, 1280, item.version)

export interface Shown {
  key: string
  src: string
  /** the picture's own size, once it is known; until then that of what is shown */
  size: Size
  sharp: boolean
}

/**
 * @param sharp - the original is wanted
 * @returns the newest decoded source (of the picture before while this one is loading), and whether it cannot be shown
 */
export function usePicture(item: MediaItem, sharp: boolean) {
  const [shown, setShown] = useState<Shown | null>(null)
  const [failed, setFailed] = useState<string | null>(null)
  useEffect(() => {
    if (item.media !== 'image') return
    let current = true
    const put = (next: Shown) => {
      // The small one may come after the original.
      if (current) setShown((before) => (before?.key === next.key && before.sharp && !next.sharp ? before : next))
    }
    const large = () => decoded(item, original(item), true).then(put)
    const small = mayMove(item) ? large() : decoded(item, preview(item), false).then(put)
    // Without a thumbnail the original may still open.
    small.catch(large).catch(() => current && setFailed(item.key))
    if (sharp) large().catch(() => {})
    return () => {
      current = false
    }
  }, [item, sharp])
  return { shown, failed: failed === item.key }
}

async function decoded(item: MediaItem, src: string, sharp: boolean): Promise<Shown> {
  const image = new Image()
  image.src = src
  await image.decode()
  const known = item.width && item.height ? { width: item.width, height: item.height } : null
  return {
    key: item.key,
    src,
    size: known ?? { width: image.naturalWidth, height: image.naturalHeight },
    sharp,
  }
}

/** Fetches the preview size of the neighbours, two each way; when zoomed in, the originals of the nearest as well. */
export function usePreload(items: readonly MediaItem[], index: number, sharp: boolean) {
  useEffect(() => {
    for (const step of [1, -1, 2, -2]) {
      const item = items[index + step]
      if (item?.media !== 'image') continue
      new Image().src = preview(item)
      if (sharp && Math.abs(step) === 1) new Image().src = original(item)
    }
  }, [items, index, sharp])
}
