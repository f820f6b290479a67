'use client'
/** @file Form left, live stage right, recent results below: the same for kept and dropped workflows. */
import { type ReactNode, useState } from 'react'
import type { WorkflowSummary } from '#contracts/workflows'
import { useLiveJobs } from '../../_client/live/use-live.ts'
import { Panel } from '../ui/page.tsx'
import { LiveStage } from './live-stage.tsx'
import { RecentRuns } from './recent-runs.tsx'
import { RunForm } from './run-form.tsx'
import type { Runnable } from './runnable.ts'
import type { Batch, FormValues } from './values.ts'

interface RunLayoutProps {
  head: ReactNode
  runnable: Runnable
  initial: FormValues
  /** several files that were chosen before the form was opened */
  batch?: Batch | null
  /** the job whose settings are filled in */
  from: string
  /** key of the file that a new result is to be compared with, '' for none */
  compareWith?: string
  /** of a kept workflow: what it made and what it runs */
  workflow?: WorkflowSummary
  children?: ReactNode
}

export function RunLayout({
  head,
  runnable,
  initial,
  batch = null,
  from,
  compareWith = '',
  workflow,
  children,
}: RunLayoutProps) {
  const [started, setStarted] = useState<string | null>(null)
  const ofThis = useLiveJobs().find((job) => workflow !== undefined && job.workflow?.id === workflow.id)
  const idle = started === null && ofThis === undefined
  return (
    <div className="mx-auto w-full max-w-7xl px-4 pb-16 md:px-8">
      {head}
      {children}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-[minmax(20rem,26rem)_1fr]">
        <Panel className="min-w-0">
          <RunForm
            runnable={runnable}
            initial={initial}
            initialBatch={batch}
            // Settings that made a picture, and a graph that was dropped, mean the checkpoint they name.
            standIns={workflow !== undefined && from === ''}
            onQueued={(job) => setStarted(job.id)}
          />
        </Panel>
        <div className={`min-w-0 max-lg:order-first lg:sticky lg:top-6 ${idle ? 'max-lg:hidden' : ''}`}>
          <Panel>
            <LiveStage jobId={started ?? ofThis?.id ?? null} compareWith={compareWith} onRetried={setStarted} />
          </Panel>
          {workflow && (
            <div className="max-lg:hidden">
              <RecentRuns workflow={workflow} />
            </div>
          )}
        </div>
        {workflow && (
          <div className="lg:hidden">
            <RecentRuns workflow={workflow} />
          </div>
        )}
      </div>
    </div>
  )
}
