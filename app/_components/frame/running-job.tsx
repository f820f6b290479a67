'use client'
/**
 * @file The running job on every page: how far and how long still, in the rail and, with a way to stop it, in the strip of a
 * phone. Loaded while one runs.
 */
import Link from 'next/link'
import type { Job } from '#contracts/jobs'
import { useJobActions } from '../../_client/actions/use-job-actions.ts'
import { usePace } from '../../_client/use-eta.ts'
import { useNow } from '../../_client/use-now.ts'
import { doingInWords } from '../job/doing.tsx'
import { ProgressRing } from '../ui/progress-ring.tsx'
import { HoldToCancel } from './hold-to-cancel.tsx'

export function RailRunning({ job }: { job: Job }) {
  const pace = usePace(job)
  const name = job.workflow?.name ?? 'Job'
  const percent = Math.floor((job.progress?.value ?? 0) * 100)
  return (
    <Link
      href={`/jobs/${job.id}`}
      title={`${name}, ${percent} %, ${pace.left || pace.elapsed}`}
      className="flex flex-col items-center gap-1 rounded-xl bg-sunken px-1 py-2.5 text-center hover:bg-hover"
    >
      <ProgressRing value={job.progress?.value ?? null} label={`Progress of ${name}`} size={32} />
      <span className="text-sm font-semibold tabular-nums">{percent} %</span>
      <span className="text-xs text-muted">{pace.left === '' ? pace.elapsed : pace.left.replace('about ', '~')}</span>
    </Link>
  )
}

export function StripRunning({ job }: { job: Job }) {
  const pace = usePace(job)
  const name = job.workflow?.name ?? 'Job'
  const { cancel, busy } = useJobActions()
  const loading = job.progress?.loading !== undefined
  const doing = doingInWords(job.progress, useNow()).what
  return (
    <div className="flex h-full items-center">
      <Link href={`/jobs/${job.id}`} className="flex h-full min-w-0 grow items-center gap-2.5 pr-3 pl-4 text-sm">
        <ProgressRing value={job.progress?.value ?? null} label={`Progress of ${name}`} />
        <span className="font-semibold tabular-nums">{Math.floor((job.progress?.value ?? 0) * 100)} %</span>
        <span className="min-w-0 grow truncate">{loading ? doing : name}</span>
        <span className="text-muted tabular-nums">{pace.left || pace.elapsed}</span>
      </Link>
      <HoldToCancel label={`Cancel ${name}`} busy={busy} onCancel={() => void cancel(job.id)} />
    </div>
  )
}
