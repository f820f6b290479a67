'use client'
/** @file The running job on every page of a phone, above the tabs; without one, how the engine is. The rail has its own. */
import Link from 'next/link'
import { useRunningJob } from '../../_client/live/use-live.ts'
import { part } from '../ui/part.tsx'
import { EngineState } from './engine-state.tsx'

const StripRunning = part(() => import('./running-job.tsx').then((module) => module.StripRunning))

export function RunningStrip() {
  const job = useRunningJob()
  return (
    <aside
      aria-label="Running job"
      className="fixed inset-x-0 bottom-[calc(3.5rem+env(safe-area-inset-bottom))] z-20 box-content h-11 border-t border-line bg-surface selecting:bottom-(--selection) md:hidden"
    >
      {job === null ? (
        <Link href="/pod" className="flex h-full items-center px-4">
          {/* The link has its name before the engine's state is known. */}
          <span className="sr-only">Pod: </span>
          <EngineState />
        </Link>
      ) : (
        <StripRunning job={job} />
      )}
    </aside>
  )
}
