'use client'
/** @file Says when this page's news is late: a bar when nothing gets through, a line when it only polls. */
import { CloudOff } from 'lucide-react'
import { useOffline } from 'next/offline'
import { useConnection } from '../../_client/studio.tsx'

export function ConnectionNote() {
  const state = useConnection((connection) => connection.state)
  const heardAt = useConnection((connection) => connection.heardAt)
  const outdated = useConnection((connection) => connection.outdated)
  // Next's own word for it: a link was followed, and the pod did not answer. It keeps asking, and opens the page then.
  const offline = useOffline()
  if (state === 'lost' || offline) {
    const since = heardAt === null ? '' : ` What you see is from ${new Date(heardAt).toLocaleTimeString()}.`
    return (
      <p
        role="alert"
        className="sticky top-0 z-20 flex items-center justify-center gap-2 bg-warn-soft px-4 py-2 text-sm"
      >
        <CloudOff size={16} className="shrink-0" aria-hidden />
        <span>
          Reconnecting to the pod…{since}
          {/* A phone has no room for it: what is pressed says so. */}
          {state === 'lost' && <span className="max-md:hidden"> What needs the pod works again when it is back.</span>}
          {offline && ' Pages you choose open as soon as it answers.'}
        </span>
      </p>
    )
  }
  if (outdated) {
    return (
      <p role="status" className="sticky top-0 z-20 bg-surface px-4 py-2 text-center text-sm">
        The studio was updated.{' '}
        <button type="button" className="font-semibold underline" onClick={() => location.reload()}>
          Reload this page
        </button>
      </p>
    )
  }
  return (
    <p role="status" className="px-4 text-right text-xs text-muted empty:hidden md:px-8">
      {state === 'polling' ? 'Live updates are blocked on the way: this page updates every 5 s.' : null}
    </p>
  )
}
