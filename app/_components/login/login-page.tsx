'use client'
/** @file Signing in: one field, and where its key is found. */
import { useEffect, useState } from 'react'
import { KeyForm } from './key-form.tsx'

/** @param next - where to go afterwards; the server judges it */
export function LoginPage({ next }: { next: string | null }) {
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="w-full max-w-sm">
        <div className="mb-8 flex items-center gap-3">
          <Mark />
          <div className="min-w-0">
            <h1 className="text-xl font-semibold tracking-tight">Pod Studio</h1>
            <PodAddress />
          </div>
        </div>
        <div className="rounded-2xl border border-line bg-surface p-6">
          {/* A full load, so that the pages start with the new session. */}
          <KeyForm next={next} onSignedIn={(redirect) => location.assign(redirect)} />
        </div>
        <details className="mt-5 px-1 text-sm text-muted">
          <summary className="w-fit rounded-md py-1 font-medium text-ink">Where is the key?</summary>
          <p className="mt-1.5 text-pretty">
            It is what <code className="font-mono text-ink">STUDIO_API_KEY</code> was set to when the pod was made.
            Without it, the studio made one at its first start and printed it once in the pod's log.
          </p>
        </details>
      </div>
    </main>
  )
}

/** Which pod this is, for who has several open. Known in the browser only. */
function PodAddress() {
  const [host, setHost] = useState('')
  useEffect(() => setHost(location.host), [])
  return <p className="min-h-5 truncate text-sm text-muted">{host}</p>
}

const Mark = () => (
  <svg width="36" height="36" viewBox="0 0 32 32" aria-hidden>
    <rect width="32" height="32" rx="8" fill="var(--ink)" />
    <path d="M9 22 16 9l7 13z" fill="none" stroke="var(--canvas)" strokeWidth="2.5" strokeLinejoin="round" />
    <circle cx="16" cy="18" r="2.4" fill="var(--accent)" />
  </svg>
)
