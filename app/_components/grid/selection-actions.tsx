'use client'
/**
 * @file What can be done with the selected files, with count, kinds and size spelled out. Loaded with the first selection. It is
 * the lowest part of the frame, in the place of a phone's tabs: the page ends above it (`--selection`).
 */
import { Ban, Columns2, Download, Plus, SquarePlay, Star, Trash2, X } from 'lucide-react'
import { useEffect, useLayoutEffect, useRef } from 'react'
import { useDeleteSelection } from '../../_client/actions/use-delete.ts'
import { useInputs } from '../../_client/actions/use-inputs.ts'
import { useMark } from '../../_client/actions/use-mark.ts'
import { useZip } from '../../_client/actions/use-zip.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { count, kindWords } from '../../_client/format/words.ts'
import { hasSelection, rootOf, selectionOf, selectionSums } from '../../_client/state/selection.ts'
import { useSelection, useStudio } from '../../_client/studio.tsx'
import { pushParams } from '../../_client/url-state.ts'
import { downloadByLink, fileUrl } from '../../_client/urls.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Menu, type MenuItem } from '../ui/menu.tsx'
import { selectionWords } from './selection-words.ts'

const kinds = ['final', 'preview', 'intermediate'] as const

interface SelectionActionsProps {
  /** how many there are to select */
  total: number
  onSelectAll: () => void
}

export function SelectionActions({ total, onSelectAll }: SelectionActionsProps) {
  const { selection } = useStudio()
  const state = useSelection((all) => all)
  const { zip, busy } = useZip()
  const removeSelection = useDeleteSelection()
  const mark = useMark()
  const asInputs = useInputs()
  const done = () => {
    state.clear()
    selection.setState({ keep: false })
  }
  // Escape ends the selection wherever the focus is.
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, select, dialog')
      if (event.key !== 'Escape' || event.defaultPrevented || typing || document.getElementById('studio')?.inert) return
      selection.getState().clear()
      selection.setState({ keep: false })
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [selection])

  const bar = useRef<HTMLElement>(null)
  useRoomBelow(bar)

  const chosen = hasSelection(state)
  const sums = selectionSums(state)
  const words = selectionWords(state)
  const list = [...state.items.values()]
  const outputs = rootOf(state) === 'outputs'
  const offered = kinds
    .map((kind) => ({ kind, n: state.offer.filter((item) => item.kind === kind).length }))
    .filter(({ n }) => n > 0)
    .map(({ kind, n }) => count(n, kindWords[kind].one, kindWords[kind].many))

  const download = (only?: (typeof kinds)[number]) => {
    if (list.length === 1) downloadByLink(fileUrl(list[0]!.root, list[0]!.path), list[0]!.name)
    else void zip({ ...selectionOf(state), ...(only ? { kinds: [only] } : {}) })
  }
  const present = kinds.filter((kind) => sums[kind].files > 0)
  const downloads: MenuItem[] = [
    ...present.map((kind) => ({
      label: `Only ${count(sums[kind].files, kindWords[kind].one, kindWords[kind].many)}`,
      hint: formatBytes(sums[kind].bytes),
      needsPod: true,
      onSelect: () => download(kind),
    })),
    { label: 'Everything selected', needsPod: true, hint: formatBytes(sums.bytes), onSelect: () => download() },
  ]

  return (
    <section
      ref={bar}
      aria-label="Selection"
      className="fixed inset-x-0 bottom-0 z-20 flex flex-wrap items-center gap-x-2 gap-y-1 border-t border-line bg-surface px-4 py-1.5 pb-[calc(0.375rem+env(safe-area-inset-bottom))] md:right-(--panel) md:left-(--rail) md:px-8 md:py-2"
    >
      <p className="min-w-0 grow basis-36 text-sm" aria-live="polite">
        {chosen ? (
          <>
            <span className="font-medium">{words} selected</span>
            {sums.bytes > 0 && (
              <span className="ml-2 whitespace-nowrap text-muted tabular-nums">{formatBytes(sums.bytes)}</span>
            )}
          </>
        ) : (
          <span className="text-muted">Tap files to select them.</span>
        )}
      </p>
      {sums.files < total && (
        <Button look="quiet" onClick={onSelectAll}>
          Select all {total.toLocaleString()}
        </Button>
      )}
      {offered.length > 0 && (
        <Button onClick={() => state.addOffer()}>
          <Plus size={16} aria-hidden />
          <span className="sm:hidden">Add {state.offer.length} more</span>
          <span className="max-sm:sr-only">
            <span className="sm:hidden">: </span>
            <span className="max-sm:hidden">Add </span>
            {offered.join(', ')}
          </span>
        </Button>
      )}
      <div className="ml-auto flex items-center gap-1">
        {chosen && (
          <>
            {present.length > 1 ? (
              <Menu label="Download" items={downloads}>
                <Download size={18} aria-hidden />
              </Menu>
            ) : (
              <IconButton label="Download" needsPod busy={busy} onClick={() => download()}>
                <Download size={18} aria-hidden />
              </IconButton>
            )}
            {outputs && (
              <>
                <IconButton label="Star" needsPod onClick={() => void mark(state, 'star')}>
                  <Star size={18} aria-hidden />
                </IconButton>
                <IconButton label="Reject" needsPod onClick={() => void mark(state, 'reject')}>
                  <Ban size={18} aria-hidden />
                </IconButton>
              </>
            )}
            {list.length === 2 && (
              <IconButton
                label="Compare"
                onClick={() => pushParams({ file: list[1]!.path, with: list[0]!.key, compare: 'slider' })}
              >
                <Columns2 size={18} aria-hidden />
              </IconButton>
            )}
            {list.length > 0 && (
              <IconButton label="Use as input" needsPod onClick={() => void asInputs(list)}>
                <SquarePlay size={18} aria-hidden />
              </IconButton>
            )}
            <IconButton label="Move to trash" needsPod onClick={() => void removeSelection(selectionOf(state), words)}>
              <Trash2 size={18} aria-hidden />
            </IconButton>
            <span className="mx-1 h-6 w-px bg-line" aria-hidden />
          </>
        )}
        <IconButton label="End the selection" onClick={done}>
          <X size={18} aria-hidden />
        </IconButton>
      </div>
    </section>
  )
}

/**
 * Says how high the bar is just now (`--selection`), for what ends above it. The file that has the focus may stand where the bar
 * comes: the page then moves by as much as it takes to see it.
 */
function useRoomBelow(bar: { current: HTMLElement | null }) {
  useLayoutEffect(() => {
    const element = bar.current
    if (element === null) return
    const page = document.documentElement
    const giveRoom = () => {
      page.style.setProperty('--selection', `${element.offsetHeight}px`)
      const end = innerHeight - Number.parseFloat(getComputedStyle(page).scrollPaddingBottom)
      const box = document.activeElement?.closest('[role=gridcell][aria-selected]')?.getBoundingClientRect()
      if (box && box.top < innerHeight && box.bottom > end) scrollBy(0, box.bottom - end)
    }
    page.dataset.selecting = ''
    const observer = new ResizeObserver(giveRoom)
    observer.observe(element)
    return () => {
      observer.disconnect()
      delete page.dataset.selecting
      page.style.removeProperty('--selection')
    }
  }, [bar])
}
