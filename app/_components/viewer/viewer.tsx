'use client'
/**
 * @file The viewer: one file large, or two compared, over the page that lists them. What is open is in the address: `file`
 * (a path), `with` (the key of the pinned file A) and `compare` (the way to compare). The page behind is inert; toasts stay
 * usable, so it is no `<dialog>`.
 */
import { useLayoutEffect, useState } from 'react'
import { createPortal } from 'react-dom'
import type { MediaItem } from '../../_client/media-item.ts'
import { stepLeft } from '../../_client/url-state.ts'
import { ViewerFrame } from './viewer-frame.tsx'

interface ViewerProps {
  /** what the arrows go through */
  items: readonly MediaItem[]
  path: string
  /** what lies in the trash can be taken back or deleted for good */
  trashed?: TrashedActions
}

export interface TrashedActions {
  restore(item: MediaItem): void
  purge(item: MediaItem): void
  /** what goes with the file: itself, or the job it is part of */
  nameOf(item: MediaItem): string
}

export function Viewer({ items, path, trashed }: ViewerProps) {
  const index = items.findIndex((item) => item.path === path)
  const item = items[index]
  usePageInert()
  return item === undefined
    ? null
    : createPortal(<ViewerFrame items={items} item={item} index={index} trashed={trashed} />, document.body)
}

/** While the viewer is open nothing behind it takes focus, clicks or scrolling; closing gives all of it back. */
function usePageInert() {
  // Effects come too late to ask: that of the viewer's frame, which takes the focus, runs before this one's.
  const [focused] = useState(() => document.activeElement)
  useLayoutEffect(() => {
    const page = document.getElementById('studio')
    if (page === null) return
    page.inert = true
    document.documentElement.style.overflow = 'hidden'
    return () => {
      page.inert = false
      document.documentElement.style.overflow = ''
      stepLeft()
      // Where there is a grid, it moves the focus on to the tile that was shown last.
      if (focused instanceof HTMLElement) focused.focus({ preventScroll: true })
    }
  }, [focused])
}
