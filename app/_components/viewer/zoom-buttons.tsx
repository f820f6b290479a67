'use client'
/** @file Out, how large, in: the buttons for what keys, wheel and pinch do. */
import { Minus, Plus } from 'lucide-react'
import { IconButton } from '../ui/button.tsx'
import { zoomStep } from './stage-commands.ts'
import type { Zoom } from './use-zoom.ts'

interface ZoomButtonsProps {
  zoom: Zoom
  /** where they lie: over the picture, or in a bar */
  look: 'onPicture' | 'quiet'
}

export function ZoomButtons({ zoom, look }: ZoomButtonsProps) {
  const percent = Math.round((zoom.view.scale / Math.max(zoom.actual, 0.0001)) * 100)
  return (
    <>
      <IconButton label="Zoom out (−)" look={look} onClick={() => zoom.zoomBy(1 / zoomStep)}>
        <Minus size={16} aria-hidden />
      </IconButton>
      <button
        type="button"
        title="Fit, or one to one (Space)"
        aria-label={`${percent} per cent. Switch between fit and one to one`}
        onClick={() => zoom.toggle()}
        className={`h-9 min-w-16 rounded-lg text-sm tabular-nums ${look === 'quiet' ? 'hover:bg-hover' : ''}`}
      >
        {percent} %
      </button>
      <IconButton label="Zoom in (+)" look={look} onClick={() => zoom.zoomBy(zoomStep)}>
        <Plus size={16} aria-hidden />
      </IconButton>
    </>
  )
}
