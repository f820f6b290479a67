'use client'
/** @file The running job in the queue: how far, what it does, how long still, and a way to stop it. */
import type { Job } from '#contracts/jobs'
import { usePace } from '../../_client/use-eta.ts'
import { useNow } from '../../_client/use-now.ts'
import { CancelButton } from '../job/cancel-button.tsx'
import { doingInWords } from '../job/doing.tsx'
import { ProgressBar } from '../ui/meter.tsx'
import { Panel } from '../ui/page.tsx'
import { ChooseJob, type Choosing, Cover, nameOf, RowHead, rowClass } from './row.tsx'
import { useSettingsInWords } from './use-settings-in-words.ts'

interface RunningListProps {
  jobs: readonly Job[]
  /** null: there is nothing to choose among */
  choosing: Choosing | null
}

export const RunningList = ({ jobs, choosing }: RunningListProps) => (
  <Panel>
    <ul aria-label="Running">
      {jobs.map((job) => (
        <RunningRow key={job.id} job={job} choosing={choosing} />
      ))}
    </ul>
  </Panel>
)

function RunningRow({ job, choosing }: { job: Job; choosing: Choosing | null }) {
  const pace = usePace(job)
  const settings = useSettingsInWords(job)
  const share = job.progress?.value ?? 0
  const { what, step } = doingInWords(job.progress, useNow())
  return (
    <li className={rowClass}>
      <ChooseJob job={job} choosing={choosing} />
      <Cover job={job} />
      <div className="min-w-0 grow basis-48">
        <RowHead job={job} />
        <p className="mt-1 text-sm tabular-nums">
          <span className="font-semibold">{Math.floor(share * 100)} %</span>
          {' · '}
          {[what, step, pace.elapsed, pace.left].filter(Boolean).join(' · ')}
        </p>
        {settings !== '' && <p className="truncate text-sm text-muted">{settings}</p>}
        <div className="mt-2">
          <ProgressBar label={`Progress of ${nameOf(job)}`} value={share} />
        </div>
      </div>
      <CancelButton job={job} className="ml-auto" />
    </li>
  )
}
