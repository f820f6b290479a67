'use client'
import { useQueryClient } from '@tanstack/react-query'
/**
 * @file The viewer: one file large, arrows to its neighbours, details beside it and never over it.
 * Which file is open is in the address (`?file=`). The page behind is inert; toasts stay usable, so it is no `<dialog>`.
 */
import { ChevronLeft, ChevronRight, Download, Info, Trash2, X } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import { useDelete } from '../../_client/actions/use-delete.ts'
import { shortName } from '../../_client/format/words.ts'
import type { MediaItem } from '../../_client/media-item.ts'
import { jobQuery } from '../../_client/queries/jobs.ts'
import { usePreferences, useSelection, useStudio } from '../../_client/studio.tsx'
import { leaveStep, replaceParams } from '../../_client/url-state.ts'
import { downloadByLink, fileUrl } from '../../_client/urls.ts'
import { IconButton } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { Details } from './details.tsx'
import { Stage, type StageHandle } from './stage.tsx'
import { usePreload } from './use-picture.ts'

interface ViewerProps {
  items: readonly MediaItem[]
  path: string
}

export function Viewer({ items, path }: ViewerProps) {
  const index = items.findIndex((item) => item.path === path)
  const item = items[index]
  usePageInert()
  usePreload(items, index)
  return item === undefined ? null : createPortal(<OpenViewer items={items} item={item} index={index} />, document.body)
}

function OpenViewer({ items, item, index }: { items: readonly MediaItem[]; item: MediaItem; index: number }) {
  const { selection, preferences } = useStudio()
  const panel = usePreferences((state) => state.details)
  // On a phone the picture comes first: the sheet opens on demand and is not remembered.
  const [sheet, setSheet] = useState(false)
  const letters = usePreferences((state) => state.shortcuts)
  const selected = useSelection((state) => state.items.has(item.key))
  const remove = useDelete()
  const stage = useRef<StageHandle>(null)
  const root = useRef<HTMLDivElement>(null)
  const [asking, setAsking] = useState(false)
  const reuse = useReuse(item)

  useEffect(() => root.current?.focus(), [])
  const step = useCallback(
    (by: number) => {
      const next = items[index + by]
      if (next) replaceParams({ file: next.path })
    },
    [items, index],
  )
  const close = () => leaveStep({ file: null })
  const discard = (forGood: boolean) => {
    const next = items[index + 1] ?? items[index - 1]
    if (next) replaceParams({ file: next.path })
    else close()
    void remove(item.root, [item.path], item.name, forGood)
  }
  const download = () => downloadByLink(fileUrl(item.root, item.path), item.name)
  const wide = matchMedia('(min-width: 48rem)').matches
  const details = wide ? panel : sheet
  const toggleDetails = () => (wide ? preferences.setState({ details: !panel }) : setSheet(!sheet))

  const onKeyDown = (event: KeyboardEvent) => {
    if (asking || event.ctrlKey || event.metaKey || event.altKey) return
    const inVideo = event.target instanceof HTMLVideoElement
    const onButton = event.target instanceof HTMLButtonElement || event.target instanceof HTMLAnchorElement
    if (!act(event.key, event.shiftKey, inVideo) && !(letters && actByLetter(event.key))) {
      if (event.key !== ' ' || onButton || inVideo) return
      stage.current?.toggle()
    }
    event.preventDefault()
    event.stopPropagation()
  }

  /** @returns whether the key means something here */
  const act = (key: string, shift: boolean, inVideo: boolean): boolean => {
    // In a video the arrows seek.
    if (inVideo && (key === 'ArrowLeft' || key === 'ArrowRight')) return false
    if (key === 'Escape') close()
    else if (key === 'ArrowLeft') step(-1)
    else if (key === 'ArrowRight') step(1)
    else if (key === 'Home') step(-index)
    else if (key === 'End') step(items.length - 1 - index)
    else if (key === 'Delete' && shift) setAsking(true)
    else if (key === 'Delete') discard(false)
    else if (key === '+' || key === '=') stage.current?.zoomBy(1.4)
    else if (key === '-') stage.current?.zoomBy(1 / 1.4)
    else if (key === '0') stage.current?.fit()
    else if (key === '1') stage.current?.actualSize()
    else return false
    return true
  }
  const actByLetter = (key: string): boolean => {
    if (key === 'i') toggleDetails()
    else if (key === 'd') download()
    else if (key === 'u') reuse()
    else if (key === 'x') selection.getState().toggle(item)
    else return false
    return true
  }

  return (
    <div
      ref={root}
      role="dialog"
      aria-modal
      aria-label={`${item.name}, ${index + 1} of ${items.length}`}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      className="fixed inset-0 z-40 flex bg-stage focus-visible:outline-none"
    >
      <div className="flex min-w-0 grow flex-col">
        <header className="flex h-14 shrink-0 items-center gap-1 bg-canvas px-2 md:px-3">
          <IconButton label="Close (Esc)" onClick={close}>
            <X size={20} aria-hidden />
          </IconButton>
          <p className="flex min-w-0 grow items-baseline gap-2 px-1 text-sm">
            <span className="min-w-0 truncate font-medium">{shortName(item.name)}</span>
            <span className="shrink-0 text-muted tabular-nums">
              {index + 1} of {items.length}
              {selected && ' · selected'}
            </span>
          </p>
          <IconButton label="Download (d)" onClick={download}>
            <Download size={18} aria-hidden />
          </IconButton>
          <IconButton label="Details (i)" aria-pressed={details} onClick={toggleDetails}>
            <Info size={18} className={details ? 'text-accent' : ''} aria-hidden />
          </IconButton>
          <span className="mx-1 h-6 w-px bg-line md:mx-2" aria-hidden />
          <IconButton label="Move to trash (Del)" onClick={() => discard(false)}>
            <Trash2 size={18} aria-hidden />
          </IconButton>
        </header>
        <div className="relative min-h-0 grow">
          <Stage ref={stage} item={item} onStep={step} />
          <Arrow
            label="Previous (←)"
            side="left"
            disabled={index === 0}
            onPhone={item.media === 'video'}
            onClick={() => step(-1)}
          />
          <Arrow
            label="Next (→)"
            side="right"
            disabled={index === items.length - 1}
            onPhone={item.media === 'video'}
            onClick={() => step(1)}
          />
        </div>
        {sheet && (
          <div className="max-h-[42dvh] shrink-0 overflow-y-auto border-t border-line bg-surface md:hidden">
            <Details item={item} />
          </div>
        )}
      </div>
      {panel && (
        <aside
          aria-label="Details"
          className="hidden w-[22.5rem] shrink-0 overflow-y-auto border-l border-line bg-surface md:block"
        >
          <Details item={item} />
        </aside>
      )}
      <Confirm
        open={asking}
        title="Delete for good?"
        action="Delete for good"
        onConfirm={() => discard(true)}
        onClose={() => setAsking(false)}
      >
        {item.name} goes past the trash and cannot be brought back.
      </Confirm>
    </div>
  )
}

interface ArrowProps {
  label: string
  side: 'left' | 'right'
  disabled: boolean
  /** pictures are swiped on a phone; a video keeps its gestures for itself */
  onPhone: boolean
  onClick: () => void
}

const Arrow = ({ label, side, disabled, onPhone, onClick }: ArrowProps) => (
  <IconButton
    label={label}
    look="onPicture"
    disabled={disabled}
    onClick={onClick}
    className={`absolute top-1/2 -translate-y-1/2 rounded-full! ${onPhone ? '' : 'max-md:hidden'} ${side === 'left' ? 'left-3' : 'right-3'} ${disabled ? 'invisible' : ''}`}
  >
    {side === 'left' ? <ChevronLeft size={20} aria-hidden /> : <ChevronRight size={20} aria-hidden />}
  </IconButton>
)

/** Opens the runner with this file's settings, when a workflow made it. */
function useReuse(item: MediaItem) {
  const router = useRouter()
  const cache = useQueryClient()
  return useCallback(() => {
    if (item.job === null) return
    cache.fetchQuery(jobQuery(item.job)).then(
      (job) => job.workflow && router.push(`/run/${encodeURIComponent(job.workflow.id)}?from=${job.id}`),
      () => {},
    )
  }, [item.job, router, cache])
}

/** While the viewer is open nothing behind it takes focus, clicks or scrolling. */
function usePageInert() {
  useEffect(() => {
    const page = document.getElementById('studio')
    if (page === null) return
    page.inert = true
    document.documentElement.style.overflow = 'hidden'
    return () => {
      page.inert = false
      document.documentElement.style.overflow = ''
    }
  }, [])
}
