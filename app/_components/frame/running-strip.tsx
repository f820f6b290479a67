'use client'
/** @file The running job on every page: per cent, name, time left. On a phone above the tabs, else at the top right. */
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useRunningJob } from '../../_client/live/use-live.ts'
import { usePace } from '../../_client/use-eta.ts'
import { ProgressRing } from '../ui/progress-ring.tsx'
import { EngineState } from './engine-state.tsx'

export function RunningStrip() {
  const job = useRunningJob()
  const pace = usePace(job)
  const pathname = usePathname()
  const name = job?.workflow?.name ?? 'Job'
  const percent = Math.floor((job?.progress?.value ?? 0) * 100)
  return (
    <div
      className={`fixed inset-x-0 bottom-[calc(3.5rem+env(safe-area-inset-bottom))] z-20 h-11 border-t border-line bg-surface md:inset-x-auto md:top-3 md:right-6 md:bottom-auto md:z-30 md:h-9 md:rounded-full md:border md:shadow-float ${job === null || pathname === '/jobs' ? 'md:hidden' : ''}`}
    >
      {job === null ? (
        <Link href="/pod" className="flex h-full items-center px-4">
          <EngineState />
        </Link>
      ) : (
        <Link href="/jobs" className="flex h-full items-center gap-2.5 px-4 text-sm md:rounded-full">
          <ProgressRing value={job.progress?.value ?? null} label={`Progress of ${name}`} />
          <span className="font-semibold tabular-nums">{percent} %</span>
          <span className="min-w-0 grow truncate md:max-w-56">{name}</span>
          <span className="text-muted tabular-nums">{pace.left || pace.elapsed}</span>
        </Link>
      )}
    </div>
  )
}
