'use client'
/** @file One of two compared files, drawn where the common view says. */
import type { Ref } from 'react'
import type { MediaItem } from '../../../_client/media-item.ts'
import { fileUrl, thumbnailUrl } from '../../../_client/urls.ts'
import type { Shown } from '../use-picture.ts'
import type { Size, View } from '../zoom.ts'

interface LayerProps {
  item: MediaItem
  shown: Shown | null
  box: Size
  view: View
  /** the other one, where it stands for its size */
  alt: string
  onVideoSize: (size: Size) => void
  videoRef: Ref<HTMLVideoElement>
}

export function Layer({ item, shown, box, view, alt, onVideoSize, videoRef }: LayerProps) {
  const style = {
    width: box.width,
    height: box.height,
    transform: `translate(-50%, -50%) translate(${view.x}px, ${view.y}px) scale(${view.scale})`,
  }
  const place = 'absolute top-1/2 left-1/2 max-w-none'
  if (item.media === 'video') {
    return (
      <video
        ref={videoRef}
        src={fileUrl(item.root, item.path)}
        poster={thumbnailUrl(item.root, item.path, 1280, item.version)}
        muted
        loop
        playsInline
        preload="auto"
        aria-label={alt}
        onLoadedMetadata={(event) => {
          const { videoWidth: width, videoHeight: height } = event.currentTarget
          if (width > 0) onVideoSize({ width, height })
        }}
        className={place}
        style={style}
      />
    )
  }
  if (shown === null || shown.key !== item.key) return null
  return (
    // biome-ignore lint/performance/noImgElement: a file shown as it is
    <img src={shown.src} alt={alt} draggable={false} decoding="sync" className={place} style={style} />
  )
}
