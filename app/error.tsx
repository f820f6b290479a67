'use client'
/** @file A page that broke: says so, keeps the rest of the studio, offers to try again. */
import { useEffect } from 'react'
import { Button } from './_components/ui/button.tsx'

export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  useEffect(() => console.error(error), [error])
  return (
    <main role="alert" className="grid min-h-dvh place-items-center p-6 text-center">
      <div>
        <h1 className="text-xl font-semibold">This page broke</h1>
        <p className="mt-2 text-sm text-muted">Files and jobs are not touched by this.</p>
        <Button look="primary" className="mt-6" onClick={reset}>
          Show it again
        </Button>
      </div>
    </main>
  )
}
