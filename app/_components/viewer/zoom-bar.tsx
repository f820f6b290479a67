'use client'
/** @file How large the picture is seen, with buttons for what keys, wheel and pinch do. */
import { Lock, LockOpen } from 'lucide-react'
import { usePreferences, useStudio } from '../../_client/studio.tsx'
import { IconButton } from '../ui/button.tsx'
import type { Zoom } from './use-zoom.ts'
import { ZoomButtons } from './zoom-buttons.tsx'

export function ZoomBar({ zoom }: { zoom: Zoom }) {
  const { preferences } = useStudio()
  const locked = usePreferences((state) => state.zoomLock)
  return (
    <div className="absolute bottom-3 left-1/2 hidden -translate-x-1/2 items-center gap-1 rounded-xl bg-scrim p-1 text-on-scrim md:flex">
      <ZoomButtons zoom={zoom} look="onPicture" />
      <IconButton
        label={locked ? 'Zoom is kept on the next picture (l)' : 'Each picture starts fitted (l)'}
        look="onPicture"
        aria-pressed={locked}
        onClick={() => preferences.setState({ zoomLock: !locked })}
      >
        {locked ? <Lock size={15} aria-hidden /> : <LockOpen size={15} aria-hidden />}
      </IconButton>
    </div>
  )
}
