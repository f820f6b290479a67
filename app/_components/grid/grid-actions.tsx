'use client'
/**
 * @file Single-key shortcuts while a tile has the focus: the same letters as in the viewer, the same on every page with a
 * grid. They act on the selection, or without one on the focused file. Letters can be turned off. Loaded when a grid is
 * first used ({@link GridActions}).
 */
import { X } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import { useDelete, useDeleteSelection } from '../../_client/actions/use-delete.ts'
import { useInputs } from '../../_client/actions/use-inputs.ts'
import { useMark } from '../../_client/actions/use-mark.ts'
import { useReuse } from '../../_client/actions/use-reuse.ts'
import { useZip } from '../../_client/actions/use-zip.ts'
import { shortName } from '../../_client/format/words.ts'
import type { MediaItem } from '../../_client/media-item.ts'
import { notify } from '../../_client/notify.ts'
import { hasSelection, selectionOf } from '../../_client/state/selection.ts'
import { usePreferences, useStudio } from '../../_client/studio.tsx'
import { pushParams } from '../../_client/url-state.ts'
import { downloadByLink, fileUrl } from '../../_client/urls.ts'
import { useMedia } from '../../_client/use-media.ts'
import { IconButton } from '../ui/button.tsx'
import { part } from '../ui/part.tsx'
import { useAskDelete } from './ask-delete.tsx'
import { scrubEvent } from './scrub-event.ts'
import { selectionWords } from './selection-words.ts'

const DetailsPanel = part(() => import('./details-panel.tsx').then((module) => module.DetailsPanel))

interface Asked {
  /** asks, then deletes what is selected or the file */
  onDeleteForGood(item: MediaItem): void
  onDetails(item: MediaItem): void
  onCompare(item: MediaItem): void
  /** Escape, when nothing is selected. @returns whether there was something to close */
  onLeave(): boolean
}

/** @returns true when it answered the key */
function useGridKeys({ onDeleteForGood, onDetails, onCompare, onLeave }: Asked) {
  const { selection, preferences } = useStudio()
  const letters = usePreferences((state) => state.shortcuts)
  const remove = useDelete()
  const removeSelection = useDeleteSelection()
  const mark = useMark()
  const { zip } = useZip()
  const asInputs = useInputs()
  const again = useReuse()

  return useCallback(
    (event: KeyboardEvent, item: MediaItem, items: readonly MediaItem[]): boolean => {
      // What lies in the trash is listed, not shown in a grid.
      if (item.root === 'trash') return false
      const state = selection.getState()
      const chosen = hasSelection(state)
      if (event.key === 'Delete') {
        if (event.shiftKey) onDeleteForGood(item)
        else if (!chosen) void remove(item.root, [item.path], item.name)
        else void removeSelection(selectionOf(state), selectionWords(state))
        return true
      }
      if (event.key === 'Escape' && (chosen || state.keep)) {
        state.clear()
        selection.setState({ keep: false })
        return true
      }
      if (event.key === 'Escape') return onLeave()
      if (!letters || event.ctrlKey || event.metaKey || event.altKey) return false
      const outputs = item.root === 'outputs'
      const toggle = (value: 'star' | 'reject') => {
        const all = state.whole ? [item] : chosen ? [...state.items.values()] : [item]
        // Of several the key gives the mark; only when all have it, it takes it away.
        void mark(chosen ? state : [item], all.every((each) => markOf(each, item) === value) ? null : value)
      }
      if (event.key === 'x') state.toggle(item)
      else if (event.key === 's' && outputs) toggle('star')
      else if (event.key === 'r' && outputs) toggle('reject')
      else if (event.key === 'R' && outputs) {
        const rejected = items.filter((each) => each.mark === 'reject')
        if (rejected.length > 0) state.toggleAll(rejected)
        else notify.plain('Nothing on this page is rejected')
      } else if (event.key === 'd' && !chosen) downloadByLink(fileUrl(item.root, item.path), item.name)
      else if (event.key === 'D' || event.key === 'd') {
        void zip(selectionOf(chosen ? state : { items: new Map([[item.key, item]]), whole: null }))
      } else if (event.key === 'u') again.reuse(item)
      else if (event.key === 'n') again.newSeed(item)
      else if (event.key === 'e') void asInputs(chosen && !state.whole ? [...state.items.values()] : [item])
      else if (event.key === 'i') onDetails(item)
      else if (event.key === 'c') onCompare(item)
      else if (event.key === '+' || event.key === '=') resize(preferences, 1)
      else if (event.key === '-') resize(preferences, -1)
      else if ((event.key === ',' || event.key === '.') && item.media === 'video') {
        event.target?.dispatchEvent(new CustomEvent(scrubEvent, { detail: event.key === '.' ? 1 : -1 }))
      } else return false
      return true
    },
    [
      selection,
      preferences,
      letters,
      remove,
      removeSelection,
      mark,
      zip,
      asInputs,
      again,
      onDeleteForGood,
      onDetails,
      onCompare,
      onLeave,
    ],
  )
}

/** The focused file is as the list has it now; selected ones are as they were when they were chosen. */
const markOf = (each: MediaItem, focused: MediaItem) => (each.key === focused.key ? focused.mark : each.mark)

function resize(preferences: ReturnType<typeof useStudio>['preferences'], by: 1 | -1) {
  const { tileSize } = preferences.getState()
  preferences.setState({ tileSize: Math.max(0, Math.min(4, tileSize + by)) })
}

export interface GridHandlers {
  /** @param items - all tiles of the page, in order @returns true when it answered the key */
  key(event: KeyboardEvent, item: MediaItem, items: readonly MediaItem[]): boolean
  star(item: MediaItem): void
}

interface GridActionsProps {
  onReady: (handlers: GridHandlers) => void
  /** the file that has the focus, or had it last */
  focused: MediaItem | null
}

/** Gives the grid its handlers once it is there, and shows what they ask: a question, the details, what waits for comparison. */
export function GridActions({ onReady, focused }: GridActionsProps) {
  const { ask, dialog } = useAskDelete()
  const { selection } = useStudio()
  const panel = useDetailsPanel()
  const [pinned, setPinned] = useState<MediaItem | null>(null)
  const compare = useCallback(
    (item: MediaItem) => {
      const [first, second, ...more] = selection.getState().items.values()
      if (first && second && more.length === 0) return openCompared(first, second)
      if (pinned && pinned.key !== item.key) openCompared(pinned, item)
      setPinned(pinned === null ? item : null)
    },
    [selection, pinned],
  )
  const leave = useCallback(() => {
    if (pinned === null) return panel.close()
    setPinned(null)
    return true
  }, [pinned, panel.close])
  const key = useGridKeys({ onDeleteForGood: ask, onDetails: panel.toggle, onCompare: compare, onLeave: leave })
  const mark = useMark()
  useEffect(
    () => onReady({ key, star: (item) => void mark([item], item.mark === 'star' ? null : 'star') }),
    [key, mark, onReady],
  )
  return (
    <>
      {dialog}
      {panel.open && focused && <DetailsPanel item={focused} onClose={panel.close} />}
      {pinned && <Pinned item={pinned} onForget={() => setPinned(null)} />}
    </>
  )
}

const openCompared = (a: MediaItem, b: MediaItem) => pushParams({ file: b.path, with: a.key, compare: 'slider' })

/** Beside the grid where there is room; elsewhere the viewer shows them. */
function useDetailsPanel() {
  const beside = useMedia('(min-width: 48rem)')
  const [open, setOpen] = useState(false)
  const toggle = useCallback(
    (item: MediaItem) => (beside ? setOpen((now) => !now) : pushParams({ file: item.path })),
    [beside],
  )
  const close = useCallback(() => {
    setOpen(false)
    return open
  }, [open])
  return { open: open && beside, toggle, close }
}

/** The file that waits for another one to be compared with. */
const Pinned = ({ item, onForget }: { item: MediaItem; onForget: () => void }) => (
  <p
    role="status"
    className="fixed inset-x-0 bottom-[calc(var(--foot)+5.5rem)] z-20 mx-auto flex w-fit max-w-[calc(100vw-2rem)] items-center gap-2 rounded-full border border-line bg-surface py-1 pr-1 pl-4 text-sm shadow-float"
  >
    <span className="font-semibold">A</span>
    <span className="min-w-0 truncate">{shortName(item.name, 32)}</span>
    <span className="whitespace-nowrap text-muted">c on another compares</span>
    <IconButton label="Compare nothing" className="rounded-full!" onClick={onForget}>
      <X size={16} aria-hidden />
    </IconButton>
  </p>
)
