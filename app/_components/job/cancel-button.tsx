'use client'
/** @file The Cancel of a running job, the same wherever it is shown. */
import { CircleStop } from 'lucide-react'
import { useState } from 'react'
import type { Job } from '#contracts/jobs'
import { Button } from '../ui/button.tsx'
import { part } from '../ui/part.tsx'

const CancelJob = part(() => import('./cancel-job.tsx').then((module) => module.CancelJob))

interface CancelButtonProps {
  job: Job
  className?: string
  /** the word is left to the icon where there is little room */
  wordClass?: string
}

export function CancelButton({ job, className = '', wordClass = '' }: CancelButtonProps) {
  const [pressed, setPressed] = useState(false)
  return (
    <>
      <Button needsPod busy={pressed} className={className} onClick={() => setPressed(true)}>
        <CircleStop size={16} aria-hidden />
        <span className={wordClass}>Cancel</span>
      </Button>
      {pressed && <CancelJob job={job} onDone={() => setPressed(false)} />}
    </>
  )
}
