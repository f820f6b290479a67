'use client'
/** @file The neutral stage of the viewer: one picture with zoom and pan, or one video with the browser's controls. */
import { ImageOff, Minus, Plus } from 'lucide-react'
import { type Ref, useEffect, useImperativeHandle } from 'react'
import type { MediaItem } from '../../_client/media-item.ts'
import { fileUrl, thumbnailUrl } from '../../_client/urls.ts'
import { buttonClass, IconButton } from '../ui/button.tsx'
import { usePicture } from './use-picture.ts'
import { useZoom } from './use-zoom.ts'

export interface StageHandle {
  zoomBy(factor: number): void
  fit(): void
  actualSize(): void
  toggle(): void
}

interface StageProps {
  item: MediaItem
  onStep: (direction: -1 | 1) => void
  ref: Ref<StageHandle>
}

export function Stage({ item, onStep, ref }: StageProps) {
  return item.media === 'video' ? (
    <VideoStage item={item} ref={ref} />
  ) : (
    <PictureStage item={item} onStep={onStep} ref={ref} />
  )
}

function PictureStage({ item, onStep, ref }: StageProps) {
  const known = item.width && item.height ? { width: item.width, height: item.height } : null
  const zoom = useZoomedPicture(item, known, onStep)
  const { shown, failed, view, box, actual } = zoom
  useImperativeHandle(
    ref,
    () => ({
      zoomBy: zoom.zoomBy,
      fit: zoom.reset,
      actualSize: () => zoom.zoomTo(actual),
      toggle: () => (view.scale > 1 ? zoom.reset() : zoom.zoomTo(Math.max(1.5, actual))),
    }),
    [zoom, actual, view.scale],
  )
  const percent = Math.round((view.scale / Math.max(actual, 0.0001)) * 100)
  return (
    <div
      ref={zoom.stageRef}
      {...zoom.handlers}
      className={`relative size-full touch-none overflow-hidden select-none ${view.scale > 1 ? 'cursor-grab active:cursor-grabbing' : ''}`}
    >
      {shown !== null && box !== null && (
        // biome-ignore lint/performance/noImgElement: a file shown as it is
        <img
          src={shown.src}
          alt={item.name}
          draggable={false}
          className="absolute top-1/2 left-1/2 max-w-none"
          style={{
            width: box.width,
            height: box.height,
            transform: `translate(-50%, -50%) translate(${view.x}px, ${view.y}px) scale(${view.scale})`,
            imageRendering: view.scale > actual * 2 ? 'pixelated' : undefined,
            opacity: shown.key === item.key ? 1 : 0.4,
          }}
        />
      )}
      {failed && <Unshowable item={item} />}
      <div className="absolute bottom-3 left-1/2 hidden -translate-x-1/2 items-center gap-1 rounded-xl bg-scrim p-1 text-on-scrim md:flex">
        <IconButton label="Zoom out" look="onPicture" onClick={() => zoom.zoomBy(1 / 1.4)}>
          <Minus size={16} aria-hidden />
        </IconButton>
        <button
          type="button"
          title="Fit, or one to one"
          aria-label={`${percent} per cent. Switch between fit and one to one`}
          onClick={() => (view.scale > 1 ? zoom.reset() : zoom.zoomTo(Math.max(1.5, actual)))}
          className="h-9 min-w-16 rounded-lg text-sm tabular-nums"
        >
          {percent} %
        </button>
        <IconButton label="Zoom in" look="onPicture" onClick={() => zoom.zoomBy(1.4)}>
          <Plus size={16} aria-hidden />
        </IconButton>
      </div>
    </div>
  )
}

/** Zoom needs the picture's size, and the picture its zoom (for the sharp source): one hook ties them. */
function useZoomedPicture(
  item: MediaItem,
  known: { width: number; height: number } | null,
  onStep: StageProps['onStep'],
) {
  const first = usePicture(item, false)
  const size = known ?? (first.shown?.key === item.key ? first.shown.size : null)
  const zoom = useZoom({ picture: size ?? first.shown?.size ?? null, onSwipe: onStep })
  const sharp = usePicture(item, zoom.view.scale > 1)
  const { reset, view } = zoom
  // Zoom and place stay for a neighbour of the same size (comparing variants); another shape starts fitted.
  const shape = size === null ? '' : `${size.width}x${size.height}`
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another shape resets
  useEffect(() => reset(), [shape])
  const useSharp = view.scale > 1 && sharp.shown?.key === item.key
  return { ...zoom, shown: useSharp ? sharp.shown : first.shown, failed: first.failed }
}

function VideoStage({ item, ref }: { item: MediaItem; ref: Ref<StageHandle> }) {
  useImperativeHandle(ref, () => ({
    zoomBy: () => {},
    fit: () => {},
    actualSize: () => {},
    toggle: () => {
      const video = document.querySelector<HTMLVideoElement>('[data-stage-video]')
      if (video?.paused) void video.play()
      else video?.pause()
    },
  }))
  return (
    <div className="grid size-full place-items-center">
      {/* biome-ignore lint/a11y/useMediaCaption: generated clips have no speech to caption */}
      <video
        key={item.key}
        data-stage-video
        src={fileUrl(item.root, item.path)}
        poster={thumbnailUrl(item.root, item.path, 1280, item.version)}
        controls
        loop
        playsInline
        preload="metadata"
        aria-label={item.name}
        className="max-h-full max-w-full"
      />
    </div>
  )
}

const Unshowable = ({ item }: { item: MediaItem }) => (
  <div className="absolute inset-0 flex flex-col items-center justify-center gap-4 p-6 text-center">
    <ImageOff size={30} className="text-muted" aria-hidden />
    <p>{item.name} cannot be shown here. It may have been removed outside the studio.</p>
    <a href={fileUrl(item.root, item.path)} download={item.name} className={buttonClass('secondary')}>
      Download it
    </a>
  </div>
)
