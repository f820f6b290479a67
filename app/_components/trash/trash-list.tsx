'use client'
/**
 * @file The entries of the trash as a grid of rows with one tab stop (W3C APG): up and down move between entries, left and right
 * between what a row offers; the keys of the gallery act on the selection, or without one on the focused entry. When the focused
 * entry goes, the next one takes the focus.
 */
import { type FocusEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { TrashEntry } from '#contracts/assets'
import { usePreferences } from '../../_client/studio.tsx'
import { useParam } from '../../_client/url-state.ts'
import { EntryRow, mainColumn } from './entry-row.tsx'
import type { Chosen } from './use-chosen.ts'

interface TrashListProps {
  entries: readonly TrashEntry[]
  /** that many are drawn */
  shown: number
  onShowMore: () => void
  chosen: Chosen
  /** when an entry goes by itself, Unix seconds */
  goesAt: (entry: TrashEntry) => number
  busy: boolean
  openable: (entry: TrashEntry) => boolean
  onOpen: (entry: TrashEntry) => void
  onRestore: (entries: readonly TrashEntry[]) => void
  /** asks, then deletes for good */
  onPurge: (entries: readonly TrashEntry[]) => void
}

/** What has the focus, or had it last. */
interface Stop {
  id: string
  column: number
}

export function TrashList(props: TrashListProps) {
  const { entries, shown, onShowMore, chosen, goesAt, busy, openable, onOpen, onRestore, onPurge } = props
  const letters = usePreferences((state) => state.shortcuts)
  const root = useRef<HTMLDivElement>(null)
  const drawn = entries.slice(0, shown)
  const [last, setLast] = useState<Stop | null>(null)
  const stop = drawn.some(({ id }) => id === last?.id) ? last : null
  const focus = useFocusOn(root)
  useFocusAfterGone(entries, last, focus)
  useFocusAfterViewer(focus)

  const onFocus = ({ target }: FocusEvent) => {
    const at = stopOf(target)
    if (at) setLast(at)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const at = stopOf(event.target)
    const place = entries.findIndex(({ id }) => id === at?.id)
    const entry = entries[place]
    if (at === null || entry === undefined) return
    const control = event.ctrlKey || event.metaKey
    const acted = chosen.entries.length > 0 ? chosen.entries : [entry]
    const next = nextPlace(event.key, place, drawn.length, Math.floor((innerHeight - 160) / rowHeight))
    if (control && event.key === 'a') chosen.all()
    else if (event.key === 'Delete') onPurge(acted)
    else if (event.key === 'Escape' && chosen.entries.length > 0) chosen.none()
    else if (event.key === ' ' && at.column === mainColumn) chosen.toggle(entry.id)
    else if (next !== null) {
      const target = entries[next]
      if (target === undefined) return
      if (next >= shown) onShowMore()
      if (event.shiftKey) chosen.extend(target.id, entry.id)
      focus({ id: target.id, column: at.column })
    } else if (event.key === 'ArrowLeft') focus({ id: entry.id, column: at.column - 1 })
    else if (event.key === 'ArrowRight') focus({ id: entry.id, column: at.column + 1 })
    else if (!letters || control || event.altKey) return
    else if (event.key === 'x') chosen.toggle(entry.id)
    else if (event.key === 'r') onRestore(acted)
    else return
    event.preventDefault()
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a layout grid with one tab stop (W3C APG), not a table
    <div
      ref={root}
      role="grid"
      aria-label="In the trash"
      aria-multiselectable
      aria-rowcount={entries.length}
      tabIndex={-1}
      onFocus={onFocus}
      onKeyDown={onKeyDown}
    >
      {drawn.map((entry, at) => (
        <EntryRow
          key={entry.id}
          entry={entry}
          index={at}
          tabStop={stop === null ? (at === 0 ? mainColumn : null) : stop.id === entry.id ? stop.column : null}
          chosen={chosen.has(entry.id)}
          goesAt={goesAt(entry)}
          busy={busy}
          openable={openable(entry)}
          onClick={(event) => {
            if (event.shiftKey) chosen.extend(entry.id)
            else if (event.ctrlKey || event.metaKey) chosen.toggle(entry.id)
            else if (openable(entry)) onOpen(entry)
          }}
          onToggle={() => chosen.toggle(entry.id)}
          onRestore={() => onRestore([entry])}
          onPurge={() => onPurge([entry])}
        />
      ))}
    </div>
  )
}

/** Pixels, about. */
const rowHeight = 66

/** Which entry and which part of its row an element is. */
function stopOf(target: EventTarget | null): Stop | null {
  const element = target instanceof HTMLElement ? target : null
  const id = element?.closest<HTMLElement>('[data-entry]')?.dataset.entry
  const column = element?.closest<HTMLElement>('[data-column]')?.dataset.column
  return id === undefined || column === undefined ? null : { id, column: Number(column) }
}

/** @returns where a key leads, which may be one beyond the last that is drawn; null when it leads nowhere */
function nextPlace(key: string, from: number, drawn: number, page: number): number | null {
  const within = (place: number) => Math.max(0, Math.min(drawn - 1, place))
  switch (key) {
    case 'ArrowDown':
      return from + 1
    case 'ArrowUp':
      return within(from - 1)
    case 'PageDown':
      return within(from + page)
    case 'PageUp':
      return within(from - page)
    case 'Home':
      return 0
    case 'End':
      return drawn - 1
    default:
      return null
  }
}

/** @returns gives the focus to a part of a row, which may be drawn only now; what is not there takes none */
function useFocusOn(root: { current: HTMLElement | null }) {
  const [wanted, setWanted] = useState<Stop | null>(null)
  useLayoutEffect(() => {
    if (wanted === null) return
    const row = root.current?.querySelector(`[data-entry="${CSS.escape(wanted.id)}"]`)
    row?.querySelector<HTMLElement>(`[data-column="${wanted.column}"]`)?.focus()
  }, [wanted, root])
  return setWanted
}

/** When the focused entry goes, the next one takes the focus, if nothing else has it by now. */
function useFocusAfterGone(entries: readonly TrashEntry[], focused: Stop | null, focus: (stop: Stop) => void) {
  const before = useRef(entries)
  useEffect(() => {
    const old = before.current
    before.current = entries
    if (focused === null || old === entries || entries.some(({ id }) => id === focused.id)) return
    const at = old.findIndex(({ id }) => id === focused.id)
    if (at < 0 || document.activeElement !== document.body) return
    const left = new Set(entries.map(({ id }) => id))
    const survivor =
      old.slice(at + 1).find(({ id }) => left.has(id)) ?? old.slice(0, at).findLast(({ id }) => left.has(id))
    if (survivor) focus({ id: survivor.id, column: mainColumn })
  }, [entries, focused, focus])
}

/** When the viewer closes, the entry it showed last has the focus. */
function useFocusAfterViewer(focus: (stop: Stop) => void) {
  const [file] = useParam('file')
  const viewed = useRef('')
  useEffect(() => {
    const last = viewed.current
    viewed.current = file
    if (last !== '' && file === '') focus({ id: last.split('/', 1)[0]!, column: mainColumn })
  }, [file, focus])
}
