'use client'
/** @file One tile: opens on click and Enter, selects on its circle, Space, or with shift and ctrl; star at the other corner. */
import { Ban, Check, Star } from 'lucide-react'
import Link from 'next/link'
import { type MouseEvent, memo, useRef, useState } from 'react'
import { shortName } from '../../_client/format/words.ts'
import { itemLabel, type MediaItem } from '../../_client/media-item.ts'
import { isSelected, isSelecting } from '../../_client/state/selection.ts'
import { useSelection } from '../../_client/studio.tsx'
import { captionHeight, linkHeight } from '../jobs/rows.ts'
import { useNeedsPod } from '../ui/needs-pod.ts'
import { part } from '../ui/part.tsx'
import { Thumbnail } from '../ui/thumbnail.tsx'

/** CSS pixels of one character of a caption, amply. */
const captionCharacter = 8

const VideoScrub = part(() => import('./video-scrub.tsx').then((module) => module.VideoScrub))

export interface TileActions {
  open(item: MediaItem): void
  toggle(item: MediaItem): void
  extend(item: MediaItem): void
  focus(item: MediaItem): void
  star(item: MediaItem): void
}

/** A line below a tile: what it says, and where that leads. */
export interface TileLink {
  text: string
  href: string | null
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
  /** a line below that leads somewhere; absent where tiles have none */
  link?: TileLink | undefined
  /** in the first rows: not waited with until it is near */
  eager: boolean
  actions: TileActions
}

export const Tile = memo(function Tile(props: TileProps) {
  const { item, left, width, tabbable, column, caption, link, eager, actions } = props
  const height = props.height - (link === undefined ? 0 : linkHeight)
  const { selected, selecting } = useSelectionOf(item)
  const { button, scrubbing, watch } = useScrub(item)
  const cut = useNeedsPod()

  const click = (event: MouseEvent) => {
    if (event.shiftKey) actions.extend(item)
    else if (event.ctrlKey || event.metaKey || selecting) actions.toggle(item)
    else actions.open(item)
  }
  const starred = item.mark === 'star'
  const rejected = item.mark === 'reject'

  return (
    // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: an absolutely placed layout grid (W3C APG); the button inside takes the focus
    <div
      role="gridcell"
      aria-colindex={column + 1}
      aria-selected={selected}
      className="group absolute top-0"
      style={{ left, width, height: props.height }}
    >
      <button
        ref={button}
        type="button"
        data-tile={item.key}
        tabIndex={tabbable ? 0 : -1}
        aria-label={itemLabel(item)}
        onClick={click}
        onFocus={() => {
          actions.focus(item)
          watch(null)
        }}
        onPointerEnter={(event) => watch(event.pointerType === 'touch' ? null : event.clientX)}
        style={{ height }}
        className={`tile-ring block w-full touch-manipulation overflow-hidden rounded-lg ${selected ? 'tile-selected' : ''}`}
      >
        <span
          className={`block ${rejected ? 'opacity-35 grayscale' : ''}`}
          style={{ height: caption === null ? height : height - captionHeight }}
        >
          <Thumbnail item={item} width={width > 420 ? 1280 : 480} when={eager ? 'first' : 'settled'} />
        </span>
        {scrubbing && <VideoScrub item={item} tile={scrubbing.tile} pointer={scrubbing.pointer} />}
        {rejected && (
          <span className="absolute bottom-1.5 left-1.5 inline-flex h-6 items-center gap-1 rounded-md bg-scrim px-1.5 text-xs font-medium text-on-scrim">
            <Ban size={12} aria-hidden />
            {width > 110 && 'Rejected'}
          </span>
        )}
        {caption !== null && (
          <span className="block truncate bg-surface px-2.5 py-1.5 text-left text-xs">
            {shortName(caption, Math.floor(width / captionCharacter))}
          </span>
        )}
      </button>
      <button
        type="button"
        tabIndex={-1}
        aria-label={`${selected ? 'Deselect' : 'Select'} ${item.name}`}
        aria-pressed={selected}
        onClick={(event) => (event.shiftKey ? actions.extend(item) : actions.toggle(item))}
        className={`absolute top-0 left-0 grid size-11 place-items-center md:size-9 ${selected || selecting ? '' : 'opacity-0 group-focus-within:opacity-100 group-hover:opacity-100'}`}
      >
        <span
          className={`grid size-6 place-items-center rounded-full border-2 ${selected ? 'border-accent bg-accent text-on-accent' : 'border-on-scrim bg-scrim'}`}
        >
          {selected && <Check size={14} strokeWidth={3} aria-hidden />}
        </span>
      </button>
      {link && <TileLine link={link} name={item.name} />}
      {item.root === 'outputs' && width > 84 && (
        <button
          type="button"
          tabIndex={-1}
          aria-label={`${starred ? 'Take the star from' : 'Star'} ${item.name}`}
          aria-pressed={starred}
          onClick={() => actions.star(item)}
          className={`absolute top-0 right-0 grid size-11 place-items-center md:size-9 ${starred ? '' : 'opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 max-md:hidden'}`}
          {...cut}
        >
          <span className="grid size-6 place-items-center rounded-full bg-scrim text-on-scrim">
            <Star size={14} fill={starred ? 'currentColor' : 'none'} aria-hidden />
          </span>
        </button>
      )}
    </div>
  )
})

/** No tab stop, as the grid has one only; keys reach the same in the details (i). */
const TileLine = ({ link: { text, href }, name }: { link: TileLink; name: string }) => (
  <span className="block truncate px-2.5 text-xs leading-6 text-muted">
    {href === null ? (
      text
    ) : (
      <Link
        href={href}
        prefetch={false}
        tabIndex={-1}
        aria-label={`${text}: ${name}`}
        className="inline-block underline decoration-line-strong underline-offset-4 hover:text-ink"
      >
        {text}
      </Link>
    )}
  </span>
)

/** One subscription a tile: hundreds come and go while one scrolls. */
function useSelectionOf(item: MediaItem) {
  const bits = useSelection((state) => (isSelected(state, item) ? 1 : 0) + (isSelecting(state) ? 2 : 0))
  return { selected: (bits & 1) === 1, selecting: bits > 1 }
}

/** The strip of a video is asked for when one looks at its tile, and given up with the tile. */
function useScrub(item: MediaItem) {
  const button = useRef<HTMLButtonElement>(null)
  const [scrubbing, setScrubbing] = useState<{ tile: HTMLElement; pointer: number | null } | null>(null)
  const watch = (pointer: number | null) => {
    const tile = button.current
    if (item.media === 'video' && tile) setScrubbing((now) => now ?? { tile, pointer })
  }
  return { button, scrubbing, watch }
}
