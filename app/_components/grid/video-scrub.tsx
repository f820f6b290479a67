'use client'
/**
 * @file Looking through a video without opening it: the pointer's place chooses one of ten frames; on a focused tile `,`
 * and `.` do. Loaded with the first look; never plays by itself.
 */
import { useEffect, useState } from 'react'
import type { MediaItem } from '../../_client/media-item.ts'
import { stripUrl } from '../../_client/urls.ts'
import { scrubEvent } from './scrub-event.ts'

const stripFrames = 10

interface VideoScrubProps {
  item: MediaItem
  tile: HTMLElement
  /** where the pointer was when it came, from the left of the screen; null when it was the focus that came */
  pointer: number | null
}

export function VideoScrub({ item, tile, pointer }: VideoScrubProps) {
  const [frame, setFrame] = useState<number | null>(() => (pointer === null ? null : frameAt(tile, pointer)))
  const [ready, setReady] = useState(false)
  const src = stripUrl(item.root, item.path, item.version)

  useEffect(() => {
    const byPointer = (event: PointerEvent) => {
      if (event.pointerType !== 'touch') setFrame(frameAt(tile, event.clientX))
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

function frameAt(tile: HTMLElement, x: number): number {
  const { left, width } = tile.getBoundingClientRect()
  return Math.max(0, Math.min(stripFrames - 1, Math.floor(((x - left) / width) * stripFrames)))
}
