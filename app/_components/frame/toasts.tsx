'use client'
/** @file Where toasts appear and how they look: the studio's own colours, above the bars, paused while pointed at. */
import { useTheme } from 'next-themes'
import { Toaster } from 'sonner'

export function Toasts() {
  const { resolvedTheme } = useTheme()
  return (
    <Toaster
      theme={resolvedTheme === 'light' ? 'light' : 'dark'}
      position="bottom-right"
      offset={{ bottom: 24, right: 24 }}
      mobileOffset={{ bottom: 'calc(7.5rem + env(safe-area-inset-bottom))', left: 12, right: 12 }}
      gap={8}
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
