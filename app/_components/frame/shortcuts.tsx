'use client'
/** @file Shortcuts of every page: `g` and a letter, `/` for the search, `?` for this list. Off switch in the settings. */
import { useRouter } from 'next/navigation'
import { useEffect, useRef, useState } from 'react'
import { usePreferences, useStudio } from '../../_client/studio.tsx'
import { part } from '../ui/part.tsx'
import { places } from './places.ts'

const ShortcutSheet = part(() => import('./shortcut-sheet.tsx').then((module) => module.ShortcutSheet))

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null

export function Shortcuts() {
  const router = useRouter()
  const { undo } = useStudio()
  const on = usePreferences((state) => state.shortcuts)
  const [sheet, setSheet] = useState(false)
  const leader = useRef(0)

  useEffect(() => {
    if (!on) return
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      if (document.getElementById('studio')?.inert) return
      if (event.key === '?') setSheet(true)
      else if (event.key === '/') {
        event.preventDefault()
        document.querySelector<HTMLInputElement>('[data-search]')?.focus()
      } else if (event.key === 'g') leader.current = event.timeStamp
      else if (event.timeStamp - leader.current < 1200) {
        const place = places.find((each) => each.key === event.key)
        leader.current = 0
        if (place) router.push(place.href)
      }
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [on, router])

  // Not a single letter, so it works with those turned off; in a text field it is the field's own.
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key !== 'z' || isTyping(event.target)) return
      if (undo.undo()) event.preventDefault()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [undo])

  return sheet ? <ShortcutSheet onClose={() => setSheet(false)} /> : null
}
