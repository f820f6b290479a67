'use client'
import { useInfiniteQuery } from '@tanstack/react-query'
import { CircleStop, ListOrdered, RotateCcw, SlidersHorizontal, X } from 'lucide-react'
import Link from 'next/link'
/** @file The queue: what runs, what waits in its order, and how the last ones ended, with the reason in a sentence. */
import type { Job } from '#contracts/jobs'
import { mediaKindOfName } from '#contracts/media'
import { isJobStatus } from '#contracts/vocabulary'
import { useJobActions } from '../../_client/actions/use-job-actions.ts'
import { formatDuration, formatFull, formatMoment } from '../../_client/format/time.ts'
import { count, givenName } from '../../_client/format/words.ts'
import { useLiveJobs } from '../../_client/live/use-live.ts'
import { itemKey, itemsOfJob, type MediaItem } from '../../_client/media-item.ts'
import { jobsQuery } from '../../_client/queries/jobs.ts'
import { useParam } from '../../_client/url-state.ts'
import { usePace } from '../../_client/use-eta.ts'
import { useNow } from '../../_client/use-now.ts'
import { FilterSelect, statusOptions } from '../jobs/filters.tsx'
import { Button, buttonClass, IconButton } from '../ui/button.tsx'
import { ProgressBar } from '../ui/meter.tsx'
import { Empty, Failure } from '../ui/notice.tsx'
import { Column, PageHead, Panel } from '../ui/page.tsx'
import { Status } from '../ui/status.tsx'
import { Thumbnail } from '../ui/thumbnail.tsx'
import { useSettingsInWords } from './use-settings-in-words.ts'

export function QueuePage() {
  const live = useLiveJobs()
  const running = live.filter((job) => job.status === 'running')
  const waiting = live.filter((job) => job.status === 'queued')
  return (
    <Column>
      <PageHead
        title="Queue"
        about={live.length === 0 ? 'Nothing waiting.' : `${running.length} running, ${waiting.length} waiting`}
        actions={
          <Link href="/run" className={buttonClass('primary')}>
            Run a workflow
          </Link>
        }
      />
      {live.length > 0 && (
        <Panel>
          <h2 className="sr-only">Running and waiting</h2>
          <ul>
            {running.map((job) => (
              <RunningRow key={job.id} job={job} />
            ))}
            {waiting.map((job, index) => (
              <WaitingRow key={job.id} job={job} position={index + 1} />
            ))}
          </ul>
        </Panel>
      )}
      <History />
    </Column>
  )
}

const rowClass = 'flex flex-wrap items-center gap-x-4 gap-y-3 border-b border-line px-4 py-3 last:border-0'

function RunningRow({ job }: { job: Job }) {
  const pace = usePace(job)
  const { cancel, busy } = useJobActions()
  const share = job.progress?.value ?? 0
  return (
    <li className={rowClass}>
      <Cover job={job} />
      <div className="min-w-0 grow basis-48">
        <RowHead job={job} />
        <p className="mt-1 mb-2 truncate text-sm text-muted tabular-nums">
          <span className="font-semibold text-ink">{Math.floor(share * 100)} %</span>
          {' · '}
          {[job.progress?.node_title ?? 'Starting', pace.elapsed, pace.left].filter(Boolean).join(' · ')}
        </p>
        <ProgressBar label={`Progress of ${nameOf(job)}`} value={share} />
      </div>
      <Button busy={busy} onClick={() => void cancel(job.id)}>
        <CircleStop size={16} aria-hidden />
        Cancel
      </Button>
    </li>
  )
}

function WaitingRow({ job, position }: { job: Job; position: number }) {
  const settings = useSettingsInWords(job)
  const { cancel, busy } = useJobActions()
  return (
    <li className={rowClass}>
      <Cover job={job} />
      <div className="min-w-0 grow basis-48">
        <RowHead job={job} />
        <p className="mt-1 truncate text-sm text-muted">
          {[position === 1 ? 'Next' : `Number ${position}`, settings].filter(Boolean).join(' · ')}
        </p>
      </div>
      <IconButton label={`Take ${nameOf(job)} out of the queue`} busy={busy} onClick={() => void cancel(job.id)}>
        <X size={18} aria-hidden />
      </IconButton>
    </li>
  )
}

function History() {
  const [status] = useParam('status')
  const history = useInfiniteQuery(jobsQuery({ q: '', status: isJobStatus(status) ? [status] : [] }))
  const jobs = history.data?.pages.flatMap((page) => page.jobs) ?? []
  const total = history.data?.pages[0]?.total ?? 0
  return (
    <section className="mt-10">
      <div className="mb-3 flex flex-wrap items-center justify-between gap-3">
        <h2 className="text-base font-semibold">
          History {total > 0 && <span className="font-normal text-muted tabular-nums">{total.toLocaleString()}</span>}
        </h2>
        <FilterSelect label="State" name="status" options={statusOptions} />
      </div>
      {history.isError && history.data === undefined && (
        <Failure error={history.error} onRetry={() => void history.refetch()} />
      )}
      {history.isSuccess && jobs.length === 0 && (
        <Empty
          icon={<ListOrdered size={26} />}
          title={status === '' ? 'Nothing has run yet' : 'No job ended like this'}
        />
      )}
      {jobs.length > 0 && (
        <Panel>
          <ul>
            {jobs.map((job) => (
              <EndedRow key={job.id} job={job} />
            ))}
          </ul>
        </Panel>
      )}
      {history.hasNextPage && (
        <Button className="mt-4 w-full" busy={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          Show older
        </Button>
      )}
    </section>
  )
}

function EndedRow({ job }: { job: Job }) {
  const settings = useSettingsInWords(job)
  const now = useNow(60_000)
  const { retry, busy } = useJobActions()
  const at = job.finished_at ?? job.created_at
  const took = job.started_at && job.finished_at ? formatDuration(job.finished_at - job.started_at) : null
  const finals = job.outputs.filter((file) => file.kind === 'final').length
  return (
    <li className={`${rowClass} [contain-intrinsic-size:auto_5rem] [content-visibility:auto]`}>
      <Cover job={job} />
      <div className="min-w-0 grow basis-48">
        <RowHead job={job} />
        {job.error && (
          <p className="mt-1 text-sm text-pretty break-words text-danger">
            {job.error.message.split('\n', 1)[0]}
            {job.error.node_type && <span className="text-muted"> at {job.error.node_type}</span>}
          </p>
        )}
        <p className="mt-1 truncate text-sm text-muted tabular-nums" title={now > 0 ? formatFull(at) : undefined}>
          {[now > 0 && formatMoment(at, now), took, finals > 0 && count(finals, 'final'), settings]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </div>
      <div className="flex gap-2">
        {job.workflow && (
          <Link
            href={`/run/${encodeURIComponent(job.workflow.id)}?from=${job.id}`}
            aria-label={`Edit the settings of ${nameOf(job)} and run`}
            title="Edit and run"
            className={buttonClass('quiet', true)}
          >
            <SlidersHorizontal size={18} aria-hidden />
          </Link>
        )}
        {job.status === 'completed' ? (
          <IconButton label={`Run ${nameOf(job)} again`} busy={busy} onClick={() => void retry(job.id)}>
            <RotateCcw size={18} aria-hidden />
          </IconButton>
        ) : (
          <Button busy={busy} onClick={() => void retry(job.id)}>
            <RotateCcw size={16} aria-hidden />
            Retry
          </Button>
        )}
      </div>
    </li>
  )
}

const nameOf = (job: Job) => job.workflow?.name ?? 'From a ComfyUI client'

const RowHead = ({ job }: { job: Job }) => (
  <div className="flex min-w-0 flex-wrap items-center gap-x-3">
    <h3 className="truncate text-base font-medium">{nameOf(job)}</h3>
    <Status status={job.status} />
  </div>
)

/** The last final; before there is one, the picture it starts from. */
function Cover({ job }: { job: Job }) {
  const item = itemsOfJob(job, 'final').at(-1) ?? inputOf(job)
  const box = 'size-14 shrink-0 overflow-hidden rounded-lg bg-stage'
  if (item === null) return <span className={box} aria-hidden />
  if (item.root === 'inputs') {
    return (
      <span className={box}>
        <Thumbnail item={item} width={320} cover />
      </span>
    )
  }
  return (
    <Link
      href={`/jobs?file=${encodeURIComponent(item.path)}`}
      aria-label={`Open ${item.name}`}
      className={`tile-ring ${box}`}
    >
      <Thumbnail item={{ ...item, duration: null }} width={320} cover />
    </Link>
  )
}

function inputOf(job: Job): MediaItem | null {
  const path = Object.values(job.inputs).find((value) => typeof value === 'string' && mediaKindOfName(value) !== null)
  if (typeof path !== 'string') return null
  return {
    key: itemKey('inputs', path),
    root: 'inputs',
    path,
    name: givenName(path),
    media: mediaKindOfName(path) ?? 'image',
    kind: null,
    job: null,
    size: null,
    version: '',
    modified: null,
    width: null,
    height: null,
    duration: null,
  }
}
