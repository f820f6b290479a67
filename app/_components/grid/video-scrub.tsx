'use client'
/**
 * @file Looking through a video without opening it: the pointer's place chooses one of ten frames; on a focused tile `,`
 * and `.` do. Loaded with the first look; never plays by itself.
 */
import { useEffect, useRef, useState } from 'react'
import type { MediaItem } from '../../_client/media-item.ts'
import { stripUrl } from '../../_client/urls.ts'

export const stripFrames = 10
/** Sent to a tile's button by the grid: `detail` is one frame back or on. */
export const scrubEvent = 'studio:scrub'

export function VideoScrub({ item, tile }: { item: MediaItem; tile: HTMLElement }) {
  const [frame, setFrame] = useState<number | null>(null)
  const [ready, setReady] = useState(false)
  const src = stripUrl(item.root, item.path, item.version)
  const image = useRef<HTMLImageElement>(null)

  useEffect(() => {
    const box = tile.getBoundingClientRect()
    const byPointer = (event: PointerEvent) => {
      if (event.pointerType === 'touch') return
      const share = (event.clientX - box.left) / box.width
      setFrame(Math.max(0, Math.min(stripFrames - 1, Math.floor(share * stripFrames))))
    }
    const byKey = (event: Event) => {
      const by = (event as CustomEvent<number>).detail
      setFrame((now) => Math.max(0, Math.min(stripFrames - 1, now === null ? 0 : now + by)))
    }
    const leave = () => setFrame(null)
    tile.addEventListener('pointermove', byPointer)
    tile.addEventListener('pointerleave', leave)
    tile.addEventListener('blur', leave)
    tile.addEventListener(scrubEvent, byKey)
    return () => {
      tile.removeEventListener('pointermove', byPointer)
      tile.removeEventListener('pointerleave', leave)
      tile.removeEventListener('blur', leave)
      tile.removeEventListener(scrubEvent, byKey)
    }
  }, [tile])

  return (
    <span
      className={`pointer-events-none absolute inset-0 overflow-hidden ${frame === null || !ready ? 'invisible' : ''}`}
    >
      <span className="absolute inset-0 bg-stage" />
      {/* biome-ignore lint/performance/noImgElement: the server makes strips itself */}
      <img
        ref={image}
        src={src}
        alt=""
        decoding="async"
        onLoad={() => setReady(true)}
        className="absolute top-0 left-0 h-full max-w-none object-fill"
        style={{ width: `${stripFrames * 100}%`, transform: `translateX(-${(frame ?? 0) * (100 / stripFrames)}%)` }}
      />
      <span className="absolute inset-x-0 bottom-0 h-1 bg-scrim">
        <span className="block h-full bg-on-scrim" style={{ width: `${((frame ?? 0) + 1) * (100 / stripFrames)}%` }} />
      </span>
    </span>
  )
}
