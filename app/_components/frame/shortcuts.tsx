'use client'
/** @file Shortcuts of every page: `g` and a letter, `/` for the search, Shift+X to cancel, `?` for their list. Off switch in the settings. */
import { useRouter } from 'next/navigation'
import { useEffect, useRef, useState } from 'react'
import type { Job } from '#contracts/jobs'
import { notify } from '../../_client/notify.ts'
import { liveJobsQuery } from '../../_client/queries/jobs.ts'
import { usePreferences, useStudio } from '../../_client/studio.tsx'
import { part } from '../ui/part.tsx'
import { places } from './places.ts'

const ShortcutSheet = part(() => import('./shortcut-sheet.tsx').then((module) => module.ShortcutSheet))

const CancelJob = part(() => import('../job/cancel-job.tsx').then((module) => module.CancelJob))

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null

export function Shortcuts() {
  const router = useRouter()
  const { cache, undo } = useStudio()
  const on = usePreferences((state) => state.shortcuts)
  const [shown, setShown] = useState<'sheet' | Job | null>(null)
  const leader = useRef(Number.NEGATIVE_INFINITY)

  useEffect(() => {
    if (!on) return
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      // What is asked in a dialog is answered there. The viewer is a page of its own: these keys lead out of it.
      if (document.querySelector('dialog[open]') !== null) return
      if (event.key === '?') setShown('sheet')
      else if (event.key === 'X') {
        const running = cache.getQueryData(liveJobsQuery.queryKey)?.find((job) => job.status === 'running')
        if (running === undefined) notify.plain('Nothing is running')
        else setShown(running)
      } else if (event.key === '/' && !document.getElementById('studio')?.inert) {
        event.preventDefault()
        document.querySelector<HTMLInputElement>('[data-search]')?.focus()
      } else if (event.key === 'g') leader.current = event.timeStamp
      else if (event.timeStamp - leader.current < 1200) {
        const place = places.find((each) => each.key === event.key)
        leader.current = Number.NEGATIVE_INFINITY
        if (!place) return
        // The letter belongs to `g`: a focused file is not starred by `g s`.
        event.stopPropagation()
        router.push(place.href)
      }
    }
    // Before what has the focus hears of it.
    addEventListener('keydown', onKeyDown, true)
    return () => removeEventListener('keydown', onKeyDown, true)
  }, [on, router, cache])

  // Not a single letter, so it works with those turned off; in a text field it is the field's own.
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key !== 'z' || isTyping(event.target)) return
      if (undo.undo()) event.preventDefault()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [undo])

  if (shown === 'sheet') return <ShortcutSheet onClose={() => setShown(null)} />
  return shown && <CancelJob job={shown} onDone={() => setShown(null)} />
}
