'use client'
/** @file A file's thumbnail on the neutral stage; a kind icon and the name where none can be made, never a broken picture. */
import { Film, ImageOff, Play } from 'lucide-react'
import { useState } from 'react'
import { formatLength } from '../../_client/format/time.ts'
import { shortName } from '../../_client/format/words.ts'
import type { MediaItem } from '../../_client/media-item.ts'
import { type ThumbnailWidth, thumbnailUrl } from '../../_client/urls.ts'

interface ThumbnailProps {
  item: MediaItem
  width?: ThumbnailWidth
  /** fill and crop, for small squares; otherwise the whole picture is seen */
  cover?: boolean
  eager?: boolean
}

export function Thumbnail({ item, width = 480, cover = false, eager = false }: ThumbnailProps) {
  const src = thumbnailUrl(item.root, item.path, width, item.version)
  const [failed, setFailed] = useState<string | null>(null)
  if (failed === src) {
    return (
      <span className="flex size-full flex-col items-center justify-center gap-2 bg-stage p-3 text-muted">
        {item.media === 'video' ? <Film size={22} aria-hidden /> : <ImageOff size={22} aria-hidden />}
        <span className="max-w-full truncate text-xs">{shortName(item.name, 24)}</span>
      </span>
    )
  }
  return (
    <span className="relative block size-full bg-stage">
      {/* biome-ignore lint/performance/noImgElement: the server makes thumbnails itself */}
      <img
        src={src}
        alt=""
        draggable={false}
        loading={eager ? 'eager' : 'lazy'}
        decoding="async"
        onError={() => setFailed(src)}
        className={`size-full ${cover ? 'object-cover' : 'object-contain'}`}
      />
      {item.media === 'video' && (
        <span className="absolute right-1.5 bottom-1.5 inline-flex h-6 items-center gap-1 rounded-md bg-scrim px-1.5 text-xs font-medium text-on-scrim tabular-nums">
          <Play size={12} fill="currentColor" aria-hidden />
          {item.duration !== null && formatLength(item.duration)}
        </span>
      )}
    </span>
  )
}
