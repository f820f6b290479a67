'use client'
/** @file The row below two compared files: the way to compare, swapping the sides, zoom, and how much differs. */
import { ArrowLeftRight, Columns2, Pause, Play, SplitSquareHorizontal, SquareStack, X } from 'lucide-react'
import type { MediaItem } from '../../../_client/media-item.ts'
import { buttonClass, IconButton } from '../../ui/button.tsx'
import type { Zoom } from '../use-zoom.ts'
import { ZoomButtons } from '../zoom-buttons.tsx'
import { type CompareMode, compareModes, modeWords } from './compare-modes.ts'
import { useDifferences } from './differences.tsx'

interface CompareToolsProps {
  a: MediaItem
  b: MediaItem
  mode: CompareMode
  zoom: Zoom
  videos: boolean
  blinking: boolean
  onBlink: () => void
  onPlay: () => void
  onMode: (mode: CompareMode) => void
  onSwap: () => void
  onDetails: () => void
  onStop: () => void
}

const icons = { slider: SplitSquareHorizontal, side: Columns2, blink: SquareStack }

export function CompareTools(props: CompareToolsProps) {
  const { a, b, mode, zoom, videos, blinking, onBlink, onPlay, onMode, onSwap, onDetails, onStop } = props
  const { settings } = useDifferences(a, b)
  return (
    <div className="flex min-h-14 shrink-0 flex-wrap items-center justify-center gap-1 border-t border-line bg-canvas px-2 py-1 md:min-h-12">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form */}
      <div role="group" aria-label="Way to compare" className="flex rounded-lg bg-sunken">
        {compareModes.map((each) => {
          const Icon = icons[each]
          return (
            <button
              key={each}
              type="button"
              aria-pressed={each === mode}
              title={`${modeWords[each]} (m)`}
              onClick={() => onMode(each)}
              className={`inline-flex h-11 items-center gap-2 rounded-lg px-3 text-sm md:h-9 ${each === mode ? 'bg-accent font-medium text-on-accent' : 'hover:bg-hover'}`}
            >
              <Icon size={16} aria-hidden />
              <span className="max-lg:sr-only">{modeWords[each]}</span>
            </button>
          )
        })}
      </div>
      {mode === 'blink' && !videos && (
        <IconButton label={blinking ? 'Stop blinking' : 'Blink'} onClick={onBlink}>
          {blinking ? <Pause size={17} aria-hidden /> : <Play size={17} aria-hidden />}
        </IconButton>
      )}
      {videos && (
        <IconButton label="Play or pause both (Space)" onClick={onPlay}>
          <Play size={17} aria-hidden />
        </IconButton>
      )}
      <IconButton label="Swap A and B" onClick={onSwap}>
        <ArrowLeftRight size={17} aria-hidden />
      </IconButton>
      <span className="hidden items-center gap-1 md:flex">
        <ZoomButtons zoom={zoom} look="quiet" />
      </span>
      <button type="button" title="Differences (i)" onClick={onDetails} className={buttonClass('quiet')}>
        {settings === null ? 'Differences' : settings.length === 0 ? 'Same settings' : `${settings.length} differ`}
      </button>
      <IconButton label="Stop comparing (c)" onClick={onStop}>
        <X size={18} aria-hidden />
      </IconButton>
    </div>
  )
}
