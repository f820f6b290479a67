'use client'
/**
 * @file Which source of a picture is on the stage: the preview size first, the original from a zoom beyond the fit on.
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

interface Shown {
  key: string
  src: string
  size: Size
}

/** @returns the decoded source for `item`, its size, and whether it cannot be shown */
export function usePicture(item: MediaItem, sharp: boolean) {
  const [shown, setShown] = useState<Shown | null>(null)
  const [failed, setFailed] = useState<string | null>(null)
  useEffect(() => {
    if (item.media !== 'image') return
    let current = true
    const load = async (src: string) => {
      const image = new Image()
      image.src = src
      await image.decode()
      const size =
        item.width && item.height
          ? { width: item.width, height: item.height }
          : { width: image.naturalWidth, height: image.naturalHeight }
      if (current) setShown({ key: item.key, src, size })
    }
    // Without a thumbnail the original may still open.
    const show = sharp ? load(original(item)) : load(preview(item)).catch(() => load(original(item)))
    show.catch(() => current && setFailed(item.key))
    return () => {
      current = false
    }
  }, [item, sharp])
  return { shown, failed: failed === item.key }
}

/** Fetches the preview size of the neighbours, two each way. */
export function usePreload(items: readonly MediaItem[], index: number) {
  useEffect(() => {
    for (const step of [1, -1, 2, -2]) {
      const item = items[index + step]
      if (item?.media === 'image') new Image().src = preview(item)
    }
  }, [items, index])
}
