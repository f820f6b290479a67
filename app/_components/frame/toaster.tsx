'use client'
/** @file Where toasts appear and how they look: the studio's own colours, above the bars, paused while pointed at. */
import { useTheme } from 'next-themes'
import { useEffect, useRef } from 'react'
import { Toaster, toast } from 'sonner'
import { type Notice, noticeEvent } from '../../_client/notify.ts'

interface StudioToasterProps {
  /** what was said while this was being loaded */
  early: readonly Notice[]
  /** listens by itself from now on */
  onReady: () => void
}

export function StudioToaster({ early, onReady }: StudioToasterProps) {
  const { resolvedTheme } = useTheme()
  const start = useRef({ early, onReady })
  useEffect(() => {
    const hear = (event: Event) => show((event as CustomEvent<Notice>).detail)
    addEventListener(noticeEvent, hear)
    for (const notice of start.current.early) show(notice)
    start.current = { ...start.current, early: [] }
    start.current.onReady()
    return () => removeEventListener(noticeEvent, hear)
  }, [])
  return (
    <Toaster
      theme={resolvedTheme === 'light' ? 'light' : 'dark'}
      position="bottom-right"
      offset={{ bottom: 'calc(var(--selection, 0px) + 24px)', right: 24 }}
      mobileOffset={{
        bottom: 'calc(max(3.5rem + env(safe-area-inset-bottom), var(--selection, 0px)) + 4rem)',
        left: 12,
        right: 12,
      }}
      gap={8}
      // Side by side: one must not cover the way back that another offers.
      expand
      toastOptions={{
        style: {
          background: 'var(--surface)',
          color: 'var(--ink)',
          border: '1px solid var(--line)',
          borderRadius: '0.75rem',
          fontFamily: 'inherit',
        },
        actionButtonStyle: { background: 'var(--accent)', color: 'var(--on-accent)', height: 32, padding: '0 12px' },
      }}
    />
  )
}

function show({ tone, text, ...options }: Notice) {
  if (tone === 'plain') toast(text, options)
  else toast[tone](text, options)
}
