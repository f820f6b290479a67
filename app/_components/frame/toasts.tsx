'use client'
/** @file Hears what is to be said and loads the toaster for the first of it; later ones go straight there. */
import { useEffect, useState } from 'react'
import { type Notice, noticeEvent } from '../../_client/notify.ts'
import { part } from '../ui/part.tsx'

const Toaster = part(() => import('./toaster.tsx').then((module) => module.StudioToaster))

export function Toasts() {
  const [early, setEarly] = useState<readonly Notice[]>([])
  const [ready, setReady] = useState(false)
  // Heard here until the toaster itself listens: nothing said while it loads is lost.
  useEffect(() => {
    if (ready) return
    const hear = (event: Event) => setEarly((before) => [...before, (event as CustomEvent<Notice>).detail])
    addEventListener(noticeEvent, hear)
    return () => removeEventListener(noticeEvent, hear)
  }, [ready])
  return early.length === 0 ? null : <Toaster early={early} onReady={() => setReady(true)} />
}
