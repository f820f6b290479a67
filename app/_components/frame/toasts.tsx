'use client'
/** @file Hears what is to be said and loads the toaster for the first of it; later ones go straight there. */
import { useEffect, useState } from 'react'
import { type Notice, noticeEvent } from '../../_client/notify.ts'
import { onFirstUse } from '../../_client/on-first-use.ts'
import { part } from '../ui/part.tsx'

const load = () => import('./toaster.tsx').then((module) => module.StudioToaster)
const Toaster = part(load)

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
  // That the line is cut has to be said, too: it is there before the first use could need it.
  useEffect(
    () =>
      onFirstUse(() => {
        load()
          .then(() => import('../../_client/live/purges.ts'))
          .then(({ sayMissedPurges }) => sayMissedPurges(localStorage, Date.now() / 1000))
          .catch(() => undefined)
      }),
    [],
  )
  return early.length === 0 ? null : <Toaster early={early} onReady={() => setReady(true)} />
}
