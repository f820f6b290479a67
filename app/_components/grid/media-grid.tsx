'use client'
/**
 * @file The virtual grid that jobs, files and inputs share: draws only the rows near the screen, keeps the place whatever
 * arrives or goes above, moves the focus by arrow keys and after a deletion. Which rows there are, and what the others than
 * tiles show, is the page's.
 */
import {
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import type { MediaItem } from '../../_client/media-item.ts'
import { useStudio } from '../../_client/studio.tsx'
import { pushParams, useParam } from '../../_client/url-state.ts'
import type { GalleryRow, Group } from '../jobs/rows.ts'
import { part } from '../ui/part.tsx'
import type { GridHandlers } from './grid-actions.tsx'
import { GridRow, type OtherRow } from './grid-row.tsx'
import { indexOfRows, type RowIndex } from './index-of-rows.ts'
import { moveFocus } from './move-focus.ts'
import type { Span } from './row-span.ts'
import type { HeadRow } from './sticky-head.tsx'
import type { TileActions, TileLink } from './tile.tsx'
import { useRowWindow } from './use-row-window.ts'

const GridActions = part(() => import('./grid-actions.tsx').then((module) => module.GridActions))
const StickyHead = part(() => import('./sticky-head.tsx').then((module) => module.StickyHead))
const DayScrubber = part(() => import('./day-scrubber.tsx').then((module) => module.DayScrubber))

interface MediaGridProps {
  label: string
  rows: readonly GalleryRow[]
  renderRow?: (row: OtherRow) => ReactNode
  captions?: boolean
  /** what the line below a tile says, where rows leave room for it */
  linkOf?: (item: MediaItem) => TileLink
  /** what stands in a row of tiles for a job without pictures */
  renderNote?: (group: Group, height: number) => ReactNode
  /** what the strip at the top says of a block whose head was scrolled out */
  renderHead?: (row: HeadRow) => ReactNode
  /** ctrl+A; without it: all tiles */
  onSelectAll?: () => void
  /** the end is near: load more */
  onEndNear?: () => void
  /** pixels that rows still to come will take, so that the scrollbar stands for all of them */
  tail?: number
}

export function MediaGrid(props: MediaGridProps) {
  const {
    label,
    rows,
    renderRow,
    renderNote,
    renderHead,
    captions = false,
    linkOf,
    onSelectAll,
    onEndNear,
    tail = 0,
  } = props
  const { selection } = useStudio()
  const root = useRef<HTMLDivElement>(null)
  const [focused, setFocused] = useState<string | null>(null)
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    const measure = () => setTop((root.current?.getBoundingClientRect().top ?? 0) + scrollY)
    measure()
    // What stands above may grow: chips, a banner.
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [])

  const hasMoved = useHasMoved()
  const current = useRef<RowIndex | null>(null)
  const index = useMemo(() => indexOfRows(rows, current.current), [rows])
  const focusedRow = focused === null ? undefined : index.places.get(focused)?.row
  const focusedItem = focused === null ? null : (index.items[index.places.get(focused)?.item ?? -1] ?? null)
  const tabStop = focusedRow === undefined ? (index.items[0]?.key ?? null) : focused
  const tabStopRow = tabStop === null ? undefined : index.places.get(tabStop)?.row
  const { span, starts, measure, goTo, look } = useRowWindow(
    rows,
    top,
    focused === null || focusedRow === undefined ? null : { key: focused, row: focusedRow },
  )
  // The focused row stays mounted, or the focus would fall back to the page.
  const shown = rowsShown(span, focusedRow)

  useEffect(() => {
    if (rows.length > 0 && span.to >= rows.length - 12) onEndNear?.()
  }, [span.to, rows.length, onEndNear])

  current.current = index
  const { inUse, use, handlers, handle, onReady } = useHandlers()
  const actions = useMemo<TileActions>(
    () => ({
      open: (item) => pushParams({ file: item.path }),
      toggle: (item) => selection.getState().toggle(item),
      extend: (item) => selection.getState().extend(item, current.current?.items ?? []),
      focus: (item) => setFocused(item.key),
      star: (item) => handle((handlers) => handlers.star(item)),
    }),
    [selection, handle],
  )
  useEffect(() => {
    if (navigator.maxTouchPoints === 0) return
    let detach: (() => void) | null = null
    let here = true
    void import('./press-and-drag.ts').then(({ attachPressAndDrag }) => {
      if (here && root.current) detach = attachPressAndDrag(root.current, current, selection)
    })
    return () => {
      here = false
      detach?.()
    }
  }, [selection])

  // A tile that is to have the focus is drawn first, as the row of the focus always is, and takes it in the same frame.
  const [toFocus, setToFocus] = useState<{ key: string; scroll: boolean } | null>(null)
  const focusTile = useCallback((key: string, scroll = true) => {
    setFocused(key)
    setToFocus({ key, scroll })
  }, [])
  useLayoutEffect(() => {
    const tile = toFocus && root.current?.querySelector<HTMLElement>(`[data-tile="${CSS.escape(toFocus.key)}"]`)
    if (!tile) return
    tile.focus({ preventScroll: true })
    if (!toFocus.scroll) return
    tile.scrollIntoView({ block: 'nearest' })
    look()
  }, [toFocus, look])
  useFocusAfterDeletion(index, focused, focusTile)
  useFocusAfterLayout(root, index, focused, focusTile)

  // When the viewer closes, the focus goes to the tile it showed last, wherever that is by now.
  const [file] = useParam('file')
  const viewed = useRef('')
  useEffect(() => {
    const last = viewed.current
    viewed.current = file
    const item = last !== '' && file === '' && index.items.find((other) => other.path === last)
    if (item) focusTile(item.key)
  }, [file, index, focusTile])

  const onKeyDown = (event: KeyboardEvent) => {
    const key = (event.target as HTMLElement).dataset.tile
    const place = key === undefined ? undefined : index.places.get(key)
    if (place === undefined) return
    const item = index.items[place.item]!
    const state = selection.getState()
    if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      if (onSelectAll) onSelectAll()
      else state.toggleAll(index.items)
    } else if (event.key === ' ') {
      event.preventDefault()
      state.toggle(item)
    } else if (handlers.current === null && actionKeys.has(event.key)) {
      // The very first key comes before what answers it: it waits.
      const { nativeEvent } = event
      event.preventDefault()
      handle((loaded) => void loaded.key(nativeEvent, item, current.current?.items ?? []))
    } else if (handlers.current?.key(event.nativeEvent, item, index.items)) {
      event.preventDefault()
    } else {
      const next = moveFocus(index.tiles, item.key, event.key, { at: place.tiles, screen: innerHeight - 160 })
      if (next === null) return
      event.preventDefault()
      if (event.shiftKey) {
        if (state.anchor === null) state.toggle(item)
        const target = index.items[index.places.get(next)!.item]!
        state.extend(target, index.items)
      }
      focusTile(next)
    }
  }

  return (
    <>
      {renderHead && hasMoved && <StickyHead rows={rows} starts={starts} top={top} render={renderHead} />}
      {/* biome-ignore lint/a11y/useSemanticElements: a layout grid with one tab stop (W3C APG), not a table */}
      <div
        ref={root}
        role="grid"
        aria-label={label}
        aria-multiselectable
        aria-rowcount={tail > 0 ? -1 : rows.length}
        onKeyDown={onKeyDown}
        onFocus={use}
        tabIndex={-1}
        className="relative w-full select-none"
        style={{ height: starts.at(-1)! + tail }}
      >
        {shown.map((at) => (
          <GridRow
            key={rows[at]!.key}
            row={rows[at]!}
            index={at}
            start={starts[at]!}
            tabStop={at === tabStopRow ? tabStop : null}
            captions={captions}
            linkOf={linkOf}
            eager={at < 4}
            actions={actions}
            measure={measure}
            renderRow={renderRow}
            renderNote={renderNote}
          />
        ))}
      </div>
      {inUse && <GridActions onReady={onReady} focused={focusedItem} />}
      {index.days.length > 1 && hasMoved && (
        <DayScrubber days={index.days} height={index.height} top={top} onJump={goTo} />
      )}
    </>
  )
}

/** Numbers of the rows to draw, in order: those of the span, and the one row beside it. */
function rowsShown({ from, to }: Span, beside: number | undefined): number[] {
  const shown = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at)
  if (beside === undefined || (beside >= from && beside <= to)) return shown
  return beside < from ? [beside, ...shown] : [...shown, beside]
}

/** Keys that {@link GridHandlers} answers, on some tile or other. */
const actionKeys = new Set([
  'Delete',
  'Escape',
  'x',
  's',
  'r',
  'R',
  'd',
  'D',
  'u',
  'n',
  'e',
  'i',
  'c',
  '+',
  '=',
  '-',
  ',',
  '.',
])

/** What acts on files is loaded when the grid is first used; what is asked for meanwhile is done then. */
function useHandlers() {
  const [inUse, setInUse] = useState(false)
  const handlers = useRef<GridHandlers | null>(null)
  const waiting = useRef<((handlers: GridHandlers) => void)[]>([])
  const use = useCallback(() => setInUse(true), [])
  const handle = useCallback(
    (act: (handlers: GridHandlers) => void) => {
      if (handlers.current) return act(handlers.current)
      waiting.current.push(act)
      use()
    },
    [use],
  )
  const onReady = useCallback((ready: GridHandlers) => {
    handlers.current = ready
    for (const act of waiting.current.splice(0)) act(ready)
  }, [])
  return { inUse, use, handlers, handle, onReady }
}

/** Whether anything was done on the page yet: the days are loaded then. */
function useHasMoved(): boolean {
  const [moved, setMoved] = useState(false)
  useEffect(() => {
    if (moved) return
    const move = () => setMoved(true)
    const events = ['scroll', 'pointermove', 'pointerdown', 'keydown'] as const
    for (const event of events) addEventListener(event, move, { passive: true, once: true })
    return () => {
      for (const event of events) removeEventListener(event, move)
    }
  }, [moved])
  return moved
}

/** Rows of another width are other rows: the focused tile is drawn anew, and takes the focus again if it had it. */
function useFocusAfterLayout(
  root: { current: HTMLElement | null },
  index: RowIndex,
  focused: string | null,
  focusTile: (key: string, scroll?: boolean) => void,
) {
  // Read before this rendering reaches the page: afterwards the tile is gone, and the focus with it.
  const had = root.current?.contains(document.activeElement) === true
  const before = useRef(index)
  useLayoutEffect(() => {
    const changed = before.current !== index
    before.current = index
    if (!changed || !had || focused === null || !index.places.has(focused)) return
    if (document.activeElement === document.body) focusTile(focused, false)
  }, [index, focused, focusTile, had])
}

/** When the focused tile goes, the next one takes the focus; nothing scrolls. */
function useFocusAfterDeletion(
  index: RowIndex,
  focused: string | null,
  focusTile: (key: string, scroll?: boolean) => void,
) {
  const before = useRef(index)
  useEffect(() => {
    const old = before.current
    before.current = index
    if (focused === null || old === index || index.places.has(focused)) return
    const at = old.places.get(focused)?.item
    if (at === undefined) return
    const survivor =
      old.items.slice(at + 1).find((item) => index.places.has(item.key)) ??
      old.items.slice(0, at).findLast((item) => index.places.has(item.key))
    // Only when it was lost: whoever is somewhere else by now stays there.
    if (survivor && (document.activeElement === document.body || document.activeElement === null)) {
      focusTile(survivor.key, false)
    }
  }, [index, focused, focusTile])
}
