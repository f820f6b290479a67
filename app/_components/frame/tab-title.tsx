'use client'
/** @file The browser tab, in words and as its icon: how far the running job is, and how runs ended while nobody looked. */
import { usePathname } from 'next/navigation'
import { useEffect } from 'react'
import { useStore } from 'zustand'
import { useRunningJob } from '../../_client/live/use-live.ts'
import type { UnseenEnd } from '../../_client/state/unseen.ts'
import { useStudio } from '../../_client/studio.tsx'
import { isAt, places } from './places.ts'

const signs = { done: '✓ ', failed: '! ' }

export function TabTitle() {
  const pathname = usePathname()
  const { unseen } = useStudio()
  const end = useStore(unseen, (state) => state.end)
  const job = useRunningJob()
  const page = places.find((place) => isAt(pathname, place))?.name
  const percent = job === null ? null : Math.floor((job.progress?.value ?? 0) * 100)
  const what = percent === null ? page : `${percent} % · ${job?.workflow?.name ?? 'Job'}`

  useEffect(() => {
    document.title = `${end === null ? '' : signs[end]}${what === undefined ? '' : `${what} · `}Pod Studio`
  }, [what, end])
  useEffect(() => {
    const seen = () => !document.hidden && unseen.setState({ end: null })
    document.addEventListener('visibilitychange', seen)
    return () => document.removeEventListener('visibilitychange', seen)
  }, [unseen])
  useEffect(() => showIcon(iconOf(percent, end)), [percent, end])
  return null
}

/** The inside of a 32 × 32 drawing; null for the page's own icon. */
function iconOf(percent: number | null, end: UnseenEnd): string | null {
  if (end === 'failed')
    return '<circle cx="16" cy="16" r="15" fill="#c62828"/><path d="M16 7v11M16 23v2" stroke="#fff" stroke-width="4.5" stroke-linecap="round"/>'
  if (percent !== null)
    return `<rect width="32" height="32" rx="8" fill="#17181a"/><g fill="none" stroke-width="5" transform="rotate(-90 16 16)"><circle cx="16" cy="16" r="10" stroke="#3c3f44"/><circle cx="16" cy="16" r="10" stroke="#7fb2ff" pathLength="100" stroke-dasharray="${percent} 100"/></g>`
  if (end === 'done')
    return '<circle cx="16" cy="16" r="15" fill="#1b7f3b"/><path d="m9 17 5 5 9-11" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/>'
  return null
}

function showIcon(drawing: string | null) {
  const id = 'progress-icon'
  const known = document.getElementById(id)
  if (drawing === null) {
    known?.remove()
    return
  }
  const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${drawing}</svg>`
  const link = known ?? document.head.appendChild(Object.assign(document.createElement('link'), { id, rel: 'icon' }))
  link.setAttribute('href', `data:image/svg+xml,${encodeURIComponent(icon)}`)
}
