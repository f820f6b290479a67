'use client'
/** @file The neutral stage with one picture: zoom, pan, swipe; zoom and place stay on the way to the next of the same size. */
import { type Ref, useEffect, useImperativeHandle, useState } from 'react'
import type { MediaItem } from '../../_client/media-item.ts'
import { usePreferences } from '../../_client/studio.tsx'
import { type StageHandle, zoomStep } from './stage-commands.ts'
import { Unshowable } from './unshowable.tsx'
import { usePicture } from './use-picture.ts'
import { useZoom } from './use-zoom.ts'
import type { Size } from './zoom.ts'
import { ZoomBar } from './zoom-bar.tsx'

interface PictureStageProps {
  item: MediaItem
  onStep: (direction: -1 | 1) => void
  /** beyond the fitted size: the originals are wanted */
  onZoomed: (zoomed: boolean) => void
  ref: Ref<StageHandle>
}

export function PictureStage({ item, onStep, onZoomed, ref }: PictureStageProps) {
  const { zoom, shown, failed } = useZoomedPicture(item, onStep)
  const { view, box, actual } = zoom
  const zoomed = view.scale > 1
  useEffect(() => onZoomed(zoomed), [zoomed, onZoomed])
  useImperativeHandle(ref, () => ({
    run(command) {
      if (command === 'toggle') zoom.toggle()
      else if (command === 'zoomIn') zoom.zoomBy(zoomStep)
      else if (command === 'zoomOut') zoom.zoomBy(1 / zoomStep)
      else if (command === 'fit') zoom.reset()
      else if (command === 'actual') zoom.zoomTo(actual)
    },
  }))
  return (
    <div
      ref={zoom.stageRef}
      {...zoom.handlers}
      className={`relative size-full touch-none overflow-hidden select-none ${zoomed ? 'cursor-grab active:cursor-grabbing' : ''}`}
    >
      {shown !== null && box !== null && !failed && (
        // biome-ignore lint/performance/noImgElement: a file shown as it is
        <img
          src={shown.src}
          alt={item.name}
          data-sharp={shown.sharp || undefined}
          draggable={false}
          decoding="sync"
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
      <ZoomBar zoom={zoom} />
    </div>
  )
}

/** Zoom needs the picture's size, and the picture its zoom (for the sharp source): one hook ties them. */
function useZoomedPicture(item: MediaItem, onStep: (direction: -1 | 1) => void) {
  const locked = usePreferences((state) => state.zoomLock)
  const [sharp, setSharp] = useState(false)
  const { shown, failed } = usePicture(item, sharp)
  const size: Size | null =
    item.width && item.height ? { width: item.width, height: item.height } : (shown?.size ?? null)
  const zoom = useZoom({ picture: size, onSwipe: onStep })
  const { reset, view } = zoom
  useEffect(() => setSharp(view.scale !== 1), [view.scale])
  // Zoom and place stay for a neighbour of the same shape (comparing variants); another one starts fitted.
  const shape = locked && size !== null ? (size.width / size.height).toFixed(2) : item.key
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another shape resets
  useEffect(() => reset(), [shape])
  return { zoom, shown, failed }
}
