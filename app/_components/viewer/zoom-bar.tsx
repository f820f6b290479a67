'use client'
/** @file How large the picture is seen, with buttons for what keys, wheel and pinch do. */
import { Lock, LockOpen, Minus, Plus } from 'lucide-react'
import { usePreferences, useStudio } from '../../_client/studio.tsx'
import { IconButton } from '../ui/button.tsx'
import { zoomStep } from './stage-commands.ts'
import type { Zoom } from './use-zoom.ts'

export function ZoomBar({ zoom, lock = true }: { zoom: Zoom; lock?: boolean }) {
  const { preferences } = useStudio()
  const locked = usePreferences((state) => state.zoomLock)
  const percent = Math.round((zoom.view.scale / Math.max(zoom.actual, 0.0001)) * 100)
  return (
    <div className="absolute bottom-3 left-1/2 hidden -translate-x-1/2 items-center gap-1 rounded-xl bg-scrim p-1 text-on-scrim md:flex">
      <IconButton label="Zoom out (−)" look="onPicture" onClick={() => zoom.zoomBy(1 / zoomStep)}>
        <Minus size={16} aria-hidden />
      </IconButton>
      <button
        type="button"
        title="Fit, or one to one (Space)"
        aria-label={`${percent} per cent. Switch between fit and one to one`}
        onClick={() => zoom.toggle()}
        className="h-9 min-w-16 rounded-lg text-sm tabular-nums"
      >
        {percent} %
      </button>
      <IconButton label="Zoom in (+)" look="onPicture" onClick={() => zoom.zoomBy(zoomStep)}>
        <Plus size={16} aria-hidden />
      </IconButton>
      {lock && (
        <IconButton
          label={locked ? 'Zoom is kept on the next picture (l)' : 'Each picture starts fitted (l)'}
          look="onPicture"
          aria-pressed={locked}
          onClick={() => preferences.setState({ zoomLock: !locked })}
        >
          {locked ? <Lock size={15} aria-hidden /> : <LockOpen size={15} aria-hidden />}
        </IconButton>
      )}
    </div>
  )
}
