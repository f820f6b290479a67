'use client'
/** @file A page that broke: says so, offers to try again. `(studio)/error.tsx` shows the same inside the frame. */
import { useEffect } from 'react'
import { Button } from './_components/ui/button.tsx'

export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  useEffect(() => console.error(error), [error])
  return (
    <div role="alert" className="grid min-h-[70dvh] place-items-center p-6 text-center">
      <div>
        <h1 className="text-xl font-semibold">This page broke</h1>
        <p className="mt-2 text-sm text-muted">Files and jobs are not touched by this.</p>
        <Button look="primary" className="mt-6" onClick={reset}>
          Show it again
        </Button>
      </div>
    </div>
  )
}
