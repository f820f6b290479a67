'use client'
/** @file The running job on every page of a phone, above the tabs; without one, how the engine is. The rail has its own. */
import Link from 'next/link'
import { useRunningJob } from '../../_client/live/use-live.ts'
import { usePace } from '../../_client/use-eta.ts'
import { ProgressRing } from '../ui/progress-ring.tsx'
import { EngineState } from './engine-state.tsx'

export function RunningStrip() {
  const job = useRunningJob()
  const pace = usePace(job)
  const name = job?.workflow?.name ?? 'Job'
  const percent = Math.floor((job?.progress?.value ?? 0) * 100)
  return (
    <aside
      aria-label="Running job"
      className="fixed inset-x-0 bottom-[calc(3.5rem+env(safe-area-inset-bottom))] z-20 h-11 border-t border-line bg-surface md:hidden"
    >
      {job === null ? (
        <Link href="/pod" className="flex h-full items-center px-4">
          <EngineState />
        </Link>
      ) : (
        <Link href="/jobs" className="flex h-full items-center gap-2.5 px-4 text-sm">
          <ProgressRing value={job.progress?.value ?? null} label={`Progress of ${name}`} />
          <span className="font-semibold tabular-nums">{percent} %</span>
          <span className="min-w-0 grow truncate">{name}</span>
          <span className="text-muted tabular-nums">{pace.left || pace.elapsed}</span>
        </Link>
      )}
    </aside>
  )
}
