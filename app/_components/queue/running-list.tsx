'use client'
/** @file The running job in the queue: how far, what it does, how long still, and a way to stop it. */
import { CircleStop } from 'lucide-react'
import { useState } from 'react'
import type { Job } from '#contracts/jobs'
import { useJobActions } from '../../_client/actions/use-job-actions.ts'
import { formatDuration } from '../../_client/format/time.ts'
import { usePace } from '../../_client/use-eta.ts'
import { useNow } from '../../_client/use-now.ts'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { ProgressBar } from '../ui/meter.tsx'
import { Panel } from '../ui/page.tsx'
import { Cover, nameOf, RowHead, rowClass } from './row.tsx'
import { useSettingsInWords } from './use-settings-in-words.ts'

export const RunningList = ({ jobs }: { jobs: readonly Job[] }) => (
  <Panel>
    <ul aria-label="Running">
      {jobs.map((job) => (
        <RunningRow key={job.id} job={job} />
      ))}
    </ul>
  </Panel>
)

/** Seconds of work from which on stopping is asked about. */
const worthAsking = 60

function RunningRow({ job }: { job: Job }) {
  const pace = usePace(job)
  const settings = useSettingsInWords(job)
  const now = useNow()
  const { cancel, busy } = useJobActions()
  const [asking, setAsking] = useState(false)
  const share = job.progress?.value ?? 0
  const worked = job.started_at === null || now === 0 ? 0 : now - job.started_at
  const { node_title: title = null, step = 0, steps = 0 } = job.progress ?? {}
  return (
    <li className={rowClass}>
      <Cover job={job} />
      <div className="min-w-0 grow basis-48">
        <RowHead job={job} />
        <p className="mt-1 text-sm tabular-nums">
          <span className="font-semibold">{Math.floor(share * 100)} %</span>
          {' · '}
          {[title ?? 'Starting', steps > 1 && `step ${step} of ${steps}`, pace.elapsed, pace.left]
            .filter(Boolean)
            .join(' · ')}
        </p>
        {settings !== '' && <p className="truncate text-sm text-muted">{settings}</p>}
        <div className="mt-2">
          <ProgressBar label={`Progress of ${nameOf(job)}`} value={share} />
        </div>
      </div>
      <Button busy={busy} onClick={() => (worked > worthAsking ? setAsking(true) : void cancel(job.id))}>
        <CircleStop size={16} aria-hidden />
        Cancel
      </Button>
      <Confirm
        open={asking}
        title="Stop this run?"
        action={`Stop after ${formatDuration(worked)}`}
        onConfirm={() => void cancel(job.id)}
        onClose={() => setAsking(false)}
      >
        It has worked for {formatDuration(worked)}. Files that are finished stay.
      </Confirm>
    </li>
  )
}
