'use client'
/** @file A file's thumbnail on the neutral stage; a kind icon and the name where none can be made, never a broken picture. */
import { ImageOff, Play, Volume2 } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { bytesOfBase64 } from '../../_client/format/base64.ts'
import { formatLength } from '../../_client/format/time.ts'
import { shortName } from '../../_client/format/words.ts'
import type { MediaItem } from '../../_client/media-item.ts'
import { type ThumbnailWidth, thumbnailUrl } from '../../_client/urls.ts'
import { whenIdle } from '../../_client/when-idle.ts'

interface ThumbnailProps {
  item: MediaItem
  width?: ThumbnailWidth
  /** fill and crop, for small squares; otherwise the whole picture is seen */
  cover?: boolean
  /** when it is asked for: before all others, when it is near, or not before it has stayed for a moment */
  when?: 'first' | 'near' | 'settled'
}

export function Thumbnail({ item, width = 480, cover = false, when = 'near' }: ThumbnailProps) {
  const src = thumbnailUrl(item.root, item.path, width, item.version)
  const [failed, setFailed] = useState<string | null>(null)
  const box = useRef<HTMLSpanElement>(null)
  const image = useRef<HTMLImageElement>(null)
  usePlaceholder(box, image, item.thumbhash)
  useLetGo(image)
  const settled = when === 'settled'
  // Past React, so that what flies by costs neither a request nor a second drawing.
  useEffect(() => {
    if (!settled) return
    const timer = setTimeout(() => {
      if (image.current) image.current.src = src
    }, settling)
    return () => clearTimeout(timer)
  }, [settled, src])
  if (failed === src) {
    return (
      <span className="flex size-full flex-col items-center justify-center gap-2 bg-stage p-3 text-muted">
        {item.media === 'video' ? <Play size={22} aria-hidden /> : <ImageOff size={22} aria-hidden />}
        <span className="max-w-full truncate text-xs">{shortName(item.name, 24)}</span>
      </span>
    )
  }
  return (
    <span ref={box} className="relative block size-full bg-stage bg-size-[100%_100%]">
      {/* biome-ignore lint/performance/noImgElement: the server makes thumbnails itself */}
      <img
        ref={image}
        src={settled ? undefined : src}
        alt=""
        draggable={false}
        loading={when === 'near' ? 'lazy' : 'eager'}
        fetchPriority={when === 'first' ? 'high' : 'auto'}
        decoding="async"
        onLoad={() => clear(box.current)}
        onError={() => setFailed(src)}
        className={`size-full ${cover ? 'object-cover' : 'object-contain'}`}
      />
      {item.media === 'video' && (
        <span className="absolute right-1.5 bottom-1.5 inline-flex h-6 items-center gap-1 rounded-md bg-scrim px-1.5 text-xs font-medium text-on-scrim tabular-nums">
          <Play size={12} fill="currentColor" aria-hidden />
          {item.duration !== null && formatLength(item.duration)}
          {item.sound && <Volume2 size={14} aria-hidden />}
        </span>
      )}
    </span>
  )
}

/** A tile that is gone sooner than this (milliseconds) is one that nobody saw: its picture is not asked for. */
const settling = 60

/** Most thumbnails are there sooner than this (milliseconds): drawing placeholders for them would only cost time. */
const patience = 200

/** A picture that is still awaited when it goes is no longer asked for: the browser asks for few things at a time. */
function useLetGo(image: { current: HTMLImageElement | null }) {
  useEffect(() => {
    const awaited = image.current
    return () => {
      if (awaited !== null && !awaited.isConnected && !awaited.complete) awaited.removeAttribute('src')
    }
  }, [image])
}

/** Colours of a picture that is not there yet. Past React, since it changes nothing else. */
function usePlaceholder(
  box: { current: HTMLElement | null },
  image: { current: HTMLImageElement | null },
  thumbhash: string | undefined,
) {
  useEffect(() => {
    const element = box.current
    if (thumbhash === undefined || element === null || isThere(image.current)) return
    const hash = bytesOfBase64(thumbhash)
    element.style.backgroundColor = averageOf(hash)
    let current = true
    const draw = async () => {
      // While the page itself is still loading, its average colour has to do: the decoder would delay the pictures.
      if (document.readyState !== 'complete') return
      const { thumbHashToDataURL } = await import('thumbhash')
      // Many may be due at once, and frames come first.
      whenIdle(() => {
        if (current && !isThere(image.current)) element.style.backgroundImage = `url(${thumbHashToDataURL(hash)})`
      })
    }
    const timer = setTimeout(() => void draw(), patience)
    return () => {
      current = false
      clearTimeout(timer)
      clear(element)
    }
  }, [box, image, thumbhash])
}

const isThere = (image: HTMLImageElement | null) => image?.complete === true && image.naturalWidth > 0

/** The average colour, from the first three bytes of a ThumbHash (its format: https://evanw.github.io/thumbhash/). */
function averageOf([first = 0, second = 0, third = 0]: Uint8Array): string {
  const header = first | (second << 8) | (third << 16)
  const l = (header & 63) / 63
  const p = ((header >> 6) & 63) / 31.5 - 1
  const q = ((header >> 12) & 63) / 31.5 - 1
  const b = l - (2 / 3) * p
  const r = (3 * l - b + q) / 2
  return `rgb(${[r, r - q, b].map((part) => Math.round(part * 255)).join(' ')})`
}

/** A picture with transparent parts stands on the stage, not on its placeholder. */
function clear(element: HTMLElement | null) {
  if (element === null) return
  element.style.backgroundImage = ''
  element.style.backgroundColor = ''
}
