'use client'
/** @file Stops a running job; asks first when more than a minute of work would be lost. Loaded when it is first asked for. */
import { useEffect, useRef, useState } from 'react'
import type { Job } from '#contracts/jobs'
import { useJobActions } from '../../_client/actions/use-job-actions.ts'
import { formatDuration } from '../../_client/format/time.ts'
import { notify } from '../../_client/notify.ts'
import { Confirm } from '../ui/dialog.tsx'

/** Seconds. */
const worthAsking = 60

interface CancelJobProps {
  job: Job
  /** it was stopped, or is kept */
  onDone: () => void
}

export function CancelJob({ job: asked, onDone }: CancelJobProps) {
  // As it was when it was asked for: the next one that runs is another matter.
  const [job] = useState(asked)
  const { cancel } = useJobActions()
  const [ran] = useState(() => (job.started_at ? Date.now() / 1000 - job.started_at : 0))
  const asks = ran > worthAsking
  const act = useRef(() => {
    if (asks) return
    void cancel(job.id).then((cancelled) => {
      if (cancelled !== null) notify.plain(`${job.workflow?.name ?? 'The job'} is being stopped`)
      onDone()
    })
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
