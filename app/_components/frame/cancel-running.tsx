'use client'
/** @file Shift+X: stops the running job; asks first when more than a minute of work would be lost. Loaded with the first press. */
import { useEffect, useRef, useState } from 'react'
import { useJobActions } from '../../_client/actions/use-job-actions.ts'
import { formatDuration } from '../../_client/format/time.ts'
import { useRunningJob } from '../../_client/live/use-live.ts'
import { notify } from '../../_client/notify.ts'
import { Confirm } from '../ui/dialog.tsx'

/** Seconds. */
const worthAsking = 60

export function CancelRunning({ onDone }: { onDone: () => void }) {
  // The job it was pressed for: the next one that runs is another matter.
  const [job] = useState(useRunningJob())
  const { cancel } = useJobActions()
  const [ran] = useState(() => (job?.started_at ? Date.now() / 1000 - job.started_at : 0))
  const asks = job !== null && ran > worthAsking
  const act = useRef(() => {
    if (job === null) notify.plain('Nothing is running')
    else if (!asks) void cancel(job.id).then(() => notify.plain(`${job.workflow?.name ?? 'The job'} is being stopped`))
    if (!asks) onDone()
  })
  useEffect(() => act.current(), [])
  if (!asks) return null
  return (
    <Confirm
      open
      title={`Cancel ${job.workflow?.name ?? 'the running job'}?`}
      action="Cancel the job"
      onConfirm={() => void cancel(job.id)}
      onClose={onDone}
    >
      It has worked for {formatDuration(ran)}. The files it has written stay.
    </Confirm>
  )
}
