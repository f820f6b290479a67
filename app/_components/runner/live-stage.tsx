'use client'
/** @file Beside the form: the run one just started, live, then its result. */
import { useQuery } from '@tanstack/react-query'
import { RotateCcw, Sparkles } from 'lucide-react'
import Link from 'next/link'
import { useJobActions } from '../../_client/actions/use-job-actions.ts'
import { formatDuration } from '../../_client/format/time.ts'
import { count } from '../../_client/format/words.ts'
import { useLiveJob, useLiveJobs } from '../../_client/live/use-live.ts'
import { itemsOfJob } from '../../_client/media-item.ts'
import { jobQuery } from '../../_client/queries/jobs.ts'
import { queueQuery } from '../../_client/queries/queue.ts'
import { usePace } from '../../_client/use-eta.ts'
import { CancelButton } from '../job/cancel-button.tsx'
import { Doing } from '../job/doing.tsx'
import { JobError } from '../job/job-error.tsx'
import { LivePreview } from '../jobs/running-block.tsx'
import { expectation } from '../queue/expectation.ts'
import { Announcer } from '../ui/announcer.tsx'
import { Button, buttonClass } from '../ui/button.tsx'
import { ProgressBar } from '../ui/meter.tsx'
import { Status } from '../ui/status.tsx'
import { Thumbnail } from '../ui/thumbnail.tsx'
import { TellWhenDone } from './tell-when-done.tsx'

interface LiveStageProps {
  /** the job to show, or null before the first run */
  jobId: string | null
  /** key of the file that the result is compared with when it is opened, '' for none */
  compareWith: string
  /** a job that failed runs again, as this one */
  onRetried: (jobId: string) => void
}

export function LiveStage({ jobId, compareWith, onRetried }: LiveStageProps) {
  const live = useLiveJob(jobId)
  if (jobId === null) return <Idle />
  if (live?.status === 'queued') return <Waiting jobId={jobId} />
  if (live?.status === 'running') return <Running jobId={jobId} />
  return <Ended {...{ jobId, compareWith, onRetried }} />
}

const stageBox = 'relative aspect-4/3 max-h-[60dvh] w-full overflow-hidden rounded-t-2xl bg-stage'

const Idle = () => (
  <div className="grid h-72 place-items-center rounded-2xl bg-stage">
    <p className="flex flex-col items-center gap-3 px-6 text-center text-sm text-muted">
      <Sparkles size={24} aria-hidden />
      The run appears here, live.
    </p>
  </div>
)

function Waiting({ jobId }: { jobId: string }) {
  const jobs = useLiveJobs()
  const { cancel, busy } = useJobActions()
  const ahead = Math.max(
    0,
    jobs.findIndex((job) => job.id === jobId),
  )
  const queue = useQuery(queueQuery).data
  const startsIn = queue?.jobs.find((job) => job.id === jobId)?.starts_in ?? null
  return (
    <>
      <div className={`${stageBox} grid place-items-center`}>
        <p className="text-sm text-muted">{expectation(ahead, startsIn, queue?.paused ?? false)}</p>
      </div>
      <div className="flex items-center justify-between gap-3 p-4">
        <Status status="queued" />
        <Button needsPod busy={busy} onClick={() => void cancel(jobId)}>
          Take out of the queue
        </Button>
      </div>
    </>
  )
}

function Running({ jobId }: { jobId: string }) {
  const job = useLiveJob(jobId)
  const pace = usePace(job)
  const progress = job?.progress ?? null
  const share = progress?.value ?? 0
  const percent = Math.floor(share * 100)
  return (
    <>
      <LivePreview jobId={jobId} className={stageBox} />
      <div className="p-4">
        <div className="mb-3 flex items-center justify-between gap-3">
          <p className="min-w-0">
            <span className="text-xl font-semibold tabular-nums">{percent} %</span>
            <span className="ml-3 text-sm text-muted">{pace.left}</span>
          </p>
          {job && <CancelButton job={job} />}
        </div>
        <ProgressBar label="Progress of the run" value={share} />
        <p className="mt-2.5 flex flex-wrap justify-between gap-x-4 text-sm">
          <span>
            <Doing progress={progress} />
          </span>
          <span className="text-muted tabular-nums">{pace.elapsed}</span>
        </p>
        <TellWhenDone />
      </div>
      <Announcer text={`${Math.floor(percent / 25) * 25} per cent`} />
    </>
  )
}

interface EndedProps extends LiveStageProps {
  jobId: string
}

function Ended({ jobId, compareWith, onRetried }: EndedProps) {
  const { retry, busy } = useJobActions()
  const { data: job } = useQuery(jobQuery(jobId))
  if (job === undefined) return <div className={`${stageBox} skeleton rounded-b-2xl`} />
  const finals = job.outputs.filter((file) => file.kind === 'final')
  const cover = itemsOfJob({ ...job, outputs: finals }, 'final').at(-1)
  const comparison = compareWith === '' ? '' : `&with=${encodeURIComponent(compareWith)}`
  const address = `/jobs?file=${encodeURIComponent(cover?.path ?? '')}${comparison}`
  const took = job.started_at && job.finished_at ? formatDuration(job.finished_at - job.started_at) : ''
  return (
    <>
      {/* Why it failed is what one looks for then, not an empty stage. */}
      {(cover !== undefined || job.error === null) && (
        <div className={stageBox}>
          {cover === undefined ? (
            <p className="grid size-full place-items-center text-sm text-muted">No final file</p>
          ) : (
            <Link href={address} aria-label={`Open ${cover.name}`} className="tile-ring block size-full">
              <Thumbnail item={cover} width={1280} when="first" />
            </Link>
          )}
        </div>
      )}
      <div className="flex flex-wrap items-center justify-between gap-3 p-4">
        <p className="flex flex-wrap items-center gap-x-3 text-sm text-muted">
          <Status status={job.status} />
          {[took, finals.length > 0 ? count(finals.length, 'final') : ''].filter(Boolean).join(' · ')}
        </p>
        {cover && (
          <Link href={address} className={buttonClass('secondary')}>
            Open
          </Link>
        )}
      </div>
      {job.error && (
        <div className="px-4 pb-4">
          <JobError job={job} />
          <div className="flex flex-wrap gap-2">
            <Button
              needsPod
              busy={busy}
              onClick={() => void retry(jobId).then((again) => again !== null && onRetried(again.id))}
            >
              <RotateCcw size={16} aria-hidden />
              Retry
            </Button>
            <Link href={`/jobs/${jobId}`} className={buttonClass('quiet')}>
              Open the job
            </Link>
          </div>
        </div>
      )}
      <Announcer text={job.status === 'completed' ? 'Done' : job.status} />
    </>
  )
}
