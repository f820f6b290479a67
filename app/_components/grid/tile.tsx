'use client'
/** @file One tile: opens on click and Enter, selects on its circle, Space, or with shift and ctrl. */
import { Check } from 'lucide-react'
import { type MouseEvent, memo } from 'react'
import { itemLabel, type MediaItem } from '../../_client/media-item.ts'
import { useSelection } from '../../_client/studio.tsx'
import { captionHeight } from '../jobs/rows.ts'
import { Thumbnail } from '../ui/thumbnail.tsx'

export interface TileActions {
  open(item: MediaItem): void
  toggle(item: MediaItem): void
  extend(item: MediaItem): void
  focus(item: MediaItem): void
}

interface TileProps {
  item: MediaItem
  left: number
  width: number
  height: number
  /** the grid is one tab stop: exactly one tile has it */
  tabbable: boolean
  column: number
  caption: string | null
  actions: TileActions
}

export const Tile = memo(function Tile({ item, left, width, height, tabbable, column, caption, actions }: TileProps) {
  const selected = useSelection((state) => state.items.has(item.key))
  const selecting = useSelection((state) => state.items.size > 0)

  const click = (event: MouseEvent) => {
    if (event.shiftKey) actions.extend(item)
    else if (event.ctrlKey || event.metaKey || selecting) actions.toggle(item)
    else actions.open(item)
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: an absolutely placed layout grid (W3C APG); the button inside takes the focus
    <div
      role="gridcell"
      aria-colindex={column + 1}
      aria-selected={selected}
      className="group absolute top-0"
      style={{ left, width, height }}
    >
      <button
        type="button"
        data-tile={item.key}
        tabIndex={tabbable ? 0 : -1}
        aria-label={itemLabel(item)}
        onClick={click}
        onFocus={() => actions.focus(item)}
        className={`tile-ring relative block size-full overflow-hidden rounded-lg ${selected ? 'ring-[3px] ring-accent ring-offset-2 ring-offset-canvas' : ''}`}
      >
        <span className="block" style={{ height: caption === null ? height : height - captionHeight }}>
          <Thumbnail item={item} width={width > 420 ? 1280 : 480} />
        </span>
        {caption !== null && (
          <span className="block truncate bg-surface px-2.5 py-1.5 text-left text-xs">{caption}</span>
        )}
      </button>
      <button
        type="button"
        tabIndex={-1}
        aria-label={`${selected ? 'Deselect' : 'Select'} ${item.name}`}
        aria-pressed={selected}
        onClick={(event) => (event.shiftKey ? actions.extend(item) : actions.toggle(item))}
        className={`absolute top-0 left-0 grid size-11 place-items-center md:size-10 ${selected || selecting ? '' : 'opacity-0 coarse:opacity-100 group-focus-within:opacity-100 group-hover:opacity-100'}`}
      >
        <span
          className={`grid size-6 place-items-center rounded-full border-2 ${selected ? 'border-accent bg-accent text-on-accent' : 'border-on-scrim bg-scrim text-transparent'}`}
        >
          <Check size={14} strokeWidth={3} aria-hidden />
        </span>
      </button>
    </div>
  )
})
