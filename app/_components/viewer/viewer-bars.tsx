'use client'
/** @file The viewer's bars: what is shown above it, and what can be done with it, above it or, on a phone, under the thumb. */
import { Ban, Columns2, Download, Info, RotateCcw, SlidersHorizontal, Star, Trash2, X } from 'lucide-react'
import { shortName } from '../../_client/format/words.ts'
import type { MediaItem } from '../../_client/media-item.ts'
import { useSelection } from '../../_client/studio.tsx'
import { IconButton } from '../ui/button.tsx'

/** What the buttons ask for; the same as the keys. */
interface Commands {
  close: () => void
  star: () => void
  reject: () => void
  compare: () => void
  download: () => void
  details: () => void
  reuse: () => void
  trash: () => void
}

interface BarProps {
  item: MediaItem
  panelOpen: boolean
  run: Commands
}

interface HeaderProps extends BarProps {
  index: number
  count: number
  /** the file that waits to be compared */
  pinned: MediaItem | null
}

export function ViewerHeader({ item, index, count, pinned, panelOpen, run }: HeaderProps) {
  const selected = useSelection((state) => state.items.has(item.key))
  const about = [`${index + 1} of ${count}`, selected && 'selected', item.mark === 'star' && 'starred']
  if (item.mark === 'reject') about.push('rejected')
  return (
    <header className="flex h-14 shrink-0 items-center gap-1 bg-canvas px-2 md:h-12 md:px-3">
      <IconButton label="Close (Esc)" onClick={run.close}>
        <X size={20} aria-hidden />
      </IconButton>
      <p className="flex min-w-0 grow items-baseline gap-2 px-1 text-sm">
        <span className="min-w-0 truncate font-medium" title={item.name}>
          {shortName(item.name)}
        </span>
        <span className="shrink-0 text-muted tabular-nums" aria-live="polite">
          {about.filter(Boolean).join(' · ')}
        </span>
      </p>
      {pinned !== null && (
        <p
          className="flex min-w-0 shrink items-center gap-2 rounded-lg bg-accent-soft px-2.5 py-1 text-sm"
          role="status"
        >
          <span className="font-semibold">A</span>
          <span className="min-w-0 truncate max-md:hidden">{shortName(pinned.name, 24)}</span>
          <span className="whitespace-nowrap text-muted max-lg:hidden">
            {pinned.key === item.key ? 'go to another, then c' : 'c compares'}
          </span>
        </p>
      )}
      <div className="flex items-center gap-1 max-md:hidden">
        <ActionButtons {...{ item, panelOpen, run }} />
      </div>
    </header>
  )
}

/** On a phone. */
export const ViewerActionBar = (props: BarProps) => (
  <div className="flex shrink-0 items-center justify-around border-t border-line bg-canvas px-1 pt-1 pb-[max(0.25rem,env(safe-area-inset-bottom))] md:hidden">
    <ActionButtons {...props} />
  </div>
)

function ActionButtons({ item, panelOpen, run }: BarProps) {
  const starred = item.mark === 'star'
  const rejected = item.mark === 'reject'
  return (
    <>
      {item.root === 'outputs' && (
        <>
          <IconButton
            needsPod
            label={starred ? 'Take the star away (s)' : 'Star (s)'}
            aria-pressed={starred}
            onClick={run.star}
          >
            <Star
              size={18}
              fill={starred ? 'currentColor' : 'none'}
              className={starred ? 'text-warn' : ''}
              aria-hidden
            />
          </IconButton>
          <IconButton
            needsPod
            label={rejected ? 'Reject no more (r)' : 'Reject, go to the next (r)'}
            aria-pressed={rejected}
            onClick={run.reject}
          >
            <Ban size={18} className={rejected ? 'text-danger' : ''} aria-hidden />
          </IconButton>
        </>
      )}
      {item.root === 'trash' && (
        <IconButton label="Restore (r)" needsPod onClick={run.reject}>
          <RotateCcw size={18} aria-hidden />
        </IconButton>
      )}
      <IconButton label="Compare (c): pin this as A, then go to another" onClick={run.compare}>
        <Columns2 size={18} aria-hidden />
      </IconButton>
      <IconButton label="Download (d)" needsPod onClick={run.download}>
        <Download size={18} aria-hidden />
      </IconButton>
      {item.root === 'outputs' && item.job !== null && (
        <IconButton label="Use these settings (u)" className="lg:hidden" onClick={run.reuse}>
          <SlidersHorizontal size={18} aria-hidden />
        </IconButton>
      )}
      <IconButton label="Details (i)" aria-pressed={panelOpen} onClick={run.details}>
        <Info size={18} className={panelOpen ? 'text-accent' : ''} aria-hidden />
      </IconButton>
      <span className="mx-1 max-[22rem]:hidden h-6 w-px bg-line md:mx-2" aria-hidden />
      <IconButton
        needsPod
        label={item.root === 'trash' ? 'Delete for good (Del)' : 'Move to trash (Del)'}
        onClick={run.trash}
      >
        <Trash2 size={18} aria-hidden />
      </IconButton>
    </>
  )
}
