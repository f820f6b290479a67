'use client'
/** @file The browser tab: how far the running job is, and a mark when one ended while nobody looked. */
import { usePathname } from 'next/navigation'
import { useEffect, useRef } from 'react'
import { useRunningJob } from '../../_client/live/use-live.ts'
import { isAt, places } from './places.ts'

const studio = 'Pod Studio'

export function TabTitle() {
  const pathname = usePathname()
  const job = useRunningJob()
  const last = useRef<string | null>(null)
  const page = places.find((place) => isAt(pathname, place))?.name
  const percent = job === null ? null : Math.floor((job.progress?.value ?? 0) * 100)
  const name = job?.workflow?.name ?? 'Job'

  useEffect(() => {
    const ended = last.current !== null && percent === null
    last.current = percent === null ? null : name
    const quiet = page === undefined ? studio : `${page} · ${studio}`
    if (percent !== null) document.title = `${percent} % · ${name} · ${studio}`
    else document.title = ended && document.hidden ? `✓ ${quiet}` : quiet
    const seen = () => {
      if (percent === null) document.title = quiet
    }
    document.addEventListener('visibilitychange', seen)
    return () => document.removeEventListener('visibilitychange', seen)
  }, [page, percent, name])

  useEffect(() => showIcon(percent), [percent])
  return null
}

/** Draws the ring into the tab's icon; without a running job the page's own icon is used. */
function showIcon(percent: number | null) {
  const id = 'progress-icon'
  const known = document.getElementById(id)
  if (percent === null) {
    known?.remove()
    return
  }
  const ring = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#17181a"/><g fill="none" stroke-width="5" transform="rotate(-90 16 16)"><circle cx="16" cy="16" r="10" stroke="#3c3f44"/><circle cx="16" cy="16" r="10" stroke="#7fb2ff" pathLength="100" stroke-dasharray="${percent} 100"/></g></svg>`
  const link = known ?? document.head.appendChild(Object.assign(document.createElement('link'), { id, rel: 'icon' }))
  link.setAttribute('href', `data:image/svg+xml,${encodeURIComponent(ring)}`)
}
