'use client'
/**
 * @file The virtual grid that jobs and inputs share: draws only the rows near the screen, keeps the place when rows
 * arrive above, moves the focus by arrow keys. Which rows there are, and what the others than tiles show, is the page's.
 */
import { useWindowVirtualizer } from '@tanstack/react-virtual'
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
import { moveFocus } from './move-focus.ts'
import { Tile, type TileActions } from './tile.tsx'

interface MediaGridProps {
  label: string
  rows: readonly GalleryRow[]
  renderRow?: (row: Exclude<GalleryRow, { type: 'tiles' }>) => ReactNode
  captions?: boolean
  /** what stands in a row of tiles for a job without pictures */
  renderNote?: (group: Group, height: number) => ReactNode
  /** keys the page answers while a tile has the focus; true when it did */
  onKey?: (event: KeyboardEvent, item: MediaItem) => boolean
  /** the end is near: load more */
  onEndNear: () => void
}

export function MediaGrid({ label, rows, renderRow, renderNote, captions = false, onKey, onEndNear }: MediaGridProps) {
  const { selection } = useStudio()
  const root = useRef<HTMLDivElement>(null)
  const [focused, setFocused] = useState<string | null>(null)
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    const measure = () => setTop((root.current?.getBoundingClientRect().top ?? 0) + scrollY)
    measure()
    addEventListener('resize', measure)
    return () => removeEventListener('resize', measure)
  }, [])

  const tiles = useMemo(() => rows.filter((row) => row.type === 'tiles'), [rows])
  const items = useMemo(() => tiles.flatMap((row) => row.boxes.map((box) => box.item)), [tiles])
  const focusedRow = rows.findIndex((row) => row.type === 'tiles' && row.boxes.some((box) => box.item.key === focused))
  const tabStop = focusedRow < 0 ? (items[0]?.key ?? null) : focused

  // A new function tells the virtualizer that the rows are others; sizes it measured stay with their keys.
  const keyOf = useCallback((index: number) => rows[index]!.key, [rows])
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (index) => rows[index]!.height,
    getItemKey: keyOf,
    overscan: 6,
    scrollMargin: top,
    useFlushSync: false,
    // The focused row stays mounted, or the focus would fall back to the page.
    rangeExtractor: (range) => {
      const from = Math.max(0, range.startIndex - range.overscan)
      const to = Math.min(range.count - 1, range.endIndex + range.overscan)
      const shown = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)
      return focusedRow >= 0 && !shown.includes(focusedRow) ? [...shown, focusedRow].sort((a, b) => a - b) : shown
    },
  })
  const shown = virtual.getVirtualItems()
  usePlaceKept(virtual, rows, top)

  const lastShown = shown.at(-1)?.index ?? 0
  useEffect(() => {
    if (rows.length > 0 && lastShown >= rows.length - 12) onEndNear()
  }, [lastShown, rows.length, onEndNear])

  const current = useRef(items)
  current.current = items
  const actions = useMemo<TileActions>(
    () => ({
      open: (item) => pushParams({ file: item.path }),
      toggle: (item) => selection.getState().toggle(item),
      extend: (item) => selection.getState().extend(item, current.current),
      focus: (item) => setFocused(item.key),
    }),
    [selection],
  )

  const focusTile = useCallback(
    (key: string) => {
      setFocused(key)
      const index = rows.findIndex((row) => row.type === 'tiles' && row.boxes.some((box) => box.item.key === key))
      virtual.scrollToIndex(index, { align: 'auto' })
      // The row may have to be drawn first.
      requestAnimationFrame(() =>
        requestAnimationFrame(() =>
          root.current?.querySelector<HTMLElement>(`[data-tile="${CSS.escape(key)}"]`)?.focus(),
        ),
      )
    },
    [rows, virtual],
  )

  // When the viewer closes, the focus goes to the tile it showed last, wherever that is by now.
  const [file] = useParam('file')
  const viewed = useRef('')
  useEffect(() => {
    const last = viewed.current
    viewed.current = file
    const item = last !== '' && file === '' && items.find((other) => other.path === last)
    if (item) focusTile(item.key)
  }, [file, items, focusTile])

  const onKeyDown = (event: KeyboardEvent) => {
    const key = (event.target as HTMLElement).dataset.tile
    const item = items.find((other) => other.key === key)
    if (item === undefined) return
    const state = selection.getState()
    if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      state.toggleAll(items)
    } else if (event.key === ' ') {
      event.preventDefault()
      state.toggle(item)
    } else if (onKey?.(event, item)) {
      event.preventDefault()
    } else {
      const next = moveFocus(tiles, item.key, event.key)
      if (next === null) return
      event.preventDefault()
      if (event.shiftKey) {
        if (state.items.size === 0) state.toggle(item)
        const target = items.find((other) => other.key === next)
        if (target) state.extend(target, items)
      }
      focusTile(next)
    }
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a layout grid with one tab stop (W3C APG), not a table
    <div
      ref={root}
      role="grid"
      aria-label={label}
      aria-multiselectable
      aria-rowcount={rows.length}
      onKeyDown={onKeyDown}
      tabIndex={-1}
      className="relative w-full"
      style={{ height: virtual.getTotalSize() }}
    >
      {shown.map((placed) => {
        const row = rows[placed.index]
        if (row === undefined) return null
        return (
          // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: see the grid; tiles take the focus
          <div
            key={placed.key}
            role="row"
            aria-rowindex={placed.index + 1}
            data-index={placed.index}
            ref={row.type === 'tiles' ? undefined : virtual.measureElement}
            className="absolute inset-x-0 top-0"
            style={{
              transform: `translateY(${placed.start - top}px)`,
              height: row.type === 'tiles' ? row.height : undefined,
            }}
          >
            {row.type === 'tiles' ? (
              <>
                {row.boxes.map((box, column) => (
                  <Tile
                    key={box.item.key}
                    item={box.item}
                    left={box.left}
                    width={box.width}
                    height={row.tileHeight}
                    column={column}
                    tabbable={box.item.key === tabStop}
                    caption={captions ? box.item.name : null}
                    actions={actions}
                  />
                ))}
                {row.notes?.map((group) => renderNote?.(group, row.tileHeight))}
              </>
            ) : (
              renderRow?.(row)
            )}
          </div>
        )
      })}
    </div>
  )
}

type Virtual = ReturnType<typeof useWindowVirtualizer<Element>>

/** When rows appear above what is on the screen, scrolls along, so that what one looks at stays where it is. */
function usePlaceKept(virtual: Virtual, rows: readonly GalleryRow[], top: number) {
  const seen = useRef<{ key: string; offset: number } | null>(null)
  const lastRows = useRef(rows)
  useLayoutEffect(() => {
    const before = seen.current
    if (lastRows.current !== rows && before !== null && scrollY > top) {
      const index = rows.findIndex((row) => row.key === before.key)
      const start = virtual.measurementsCache[index]?.start
      if (start !== undefined) {
        const shift = start - scrollY - before.offset
        if (Math.abs(shift) > 1) scrollBy(0, shift)
      }
    }
    lastRows.current = rows
    const first = virtual.getVirtualItems().find((item) => item.end > scrollY)
    seen.current = first === undefined ? null : { key: String(first.key), offset: first.start - scrollY }
  })
}
