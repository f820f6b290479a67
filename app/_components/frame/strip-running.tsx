'use client'
/** @file What runs, how far and how long still, in the strip of a phone. Loaded while a job runs. */
import Link from 'next/link'
import type { Job } from '#contracts/jobs'
import { usePace } from '../../_client/use-eta.ts'
import { ProgressRing } from '../ui/progress-ring.tsx'

export function StripRunning({ job }: { job: Job }) {
  const pace = usePace(job)
  const name = job.workflow?.name ?? 'Job'
  return (
    <Link href="/jobs" className="flex h-full items-center gap-2.5 px-4 text-sm">
      <ProgressRing value={job.progress?.value ?? null} label={`Progress of ${name}`} />
      <span className="font-semibold tabular-nums">{Math.floor((job.progress?.value ?? 0) * 100)} %</span>
      <span className="min-w-0 grow truncate">{name}</span>
      <span className="text-muted tabular-nums">{pace.left || pace.elapsed}</span>
    </Link>
  )
}
