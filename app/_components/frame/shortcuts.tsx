'use client'
/** @file Shortcuts of every page: `g` and a letter, `/` for the search, `?` for this list. Off switch in the settings. */
import { useRouter } from 'next/navigation'
import { useEffect, useRef, useState } from 'react'
import { usePreferences } from '../../_client/studio.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { places } from './places.ts'

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null

export function Shortcuts() {
  const router = useRouter()
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

  return (
    <Dialog open={sheet} title="Keyboard shortcuts" onClose={() => setSheet(false)}>
      <ShortcutTable />
    </Dialog>
  )
}

const groups: [string, [string, string][]][] = [
  [
    'Everywhere',
    [...places.map((place): [string, string] => [`g ${place.key}`, place.name]), ['/', 'Search'], ['?', 'This list']],
  ],
  [
    'Grid',
    [
      ['arrows', 'Move'],
      ['Enter', 'Open'],
      ['Space, x', 'Select'],
      ['Shift + arrows', 'Extend the selection'],
      ['Ctrl + A', 'Select all'],
      ['d', 'Download'],
      ['Del', 'Move to trash'],
      ['Esc', 'Clear the selection'],
    ],
  ],
  [
    'Viewer',
    [
      ['← →', 'Previous, next'],
      ['Space', 'Fit or one to one; play or pause'],
      ['+ − 0 1', 'Zoom in, out, fit, one to one'],
      ['i', 'Details'],
      ['u', 'Use these settings'],
      ['x, d, Del', 'Select, download, trash'],
      ['Shift + Del', 'Delete for good (asks)'],
    ],
  ],
  [
    'Run',
    [
      ['Ctrl + Enter', 'Run'],
      ['Ctrl + Shift + Enter', 'Run before everything waiting'],
    ],
  ],
]

/** @param wide - two columns, all of it seen; otherwise it scrolls inside a dialog */
export function ShortcutTable({ wide = false }: { wide?: boolean }) {
  return (
    <div className={wide ? 'gap-10 md:columns-2' : 'max-h-[60dvh] overflow-y-auto'}>
      {groups.map(([name, keys]) => (
        <section key={name} className="mb-5 break-inside-avoid">
          <h3 className="mb-1 text-sm font-semibold">{name}</h3>
          <dl className="text-sm">
            {keys.map(([key, what]) => (
              <div key={key} className="flex justify-between gap-4 border-b border-line py-1.5 last:border-0">
                <dt className="text-muted">{what}</dt>
                <dd>
                  <kbd className="rounded-md bg-sunken px-1.5 py-0.5 font-mono text-xs">{key}</kbd>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  )
}
