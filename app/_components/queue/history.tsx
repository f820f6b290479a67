'use client'
/** @file How the last jobs ended, with the reason in a sentence and a way to run each again. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Dices, Ellipsis, Images, ListOrdered, RotateCcw, SlidersHorizontal } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import type { Job } from '#contracts/jobs'
import { isJobStatus } from '#contracts/vocabulary'
import { useJobActions } from '../../_client/actions/use-job-actions.ts'
import { formatDuration, formatFull, formatMoment } from '../../_client/format/time.ts'
import { count } from '../../_client/format/words.ts'
import { jobsQuery } from '../../_client/queries/jobs.ts'
import { runFrom } from '../../_client/run-address.ts'
import { useParam } from '../../_client/url-state.ts'
import { useNow } from '../../_client/use-now.ts'
import { FilterSelect, statusOptions } from '../jobs/filters.tsx'
import { Button, buttonClass } from '../ui/button.tsx'
import { Menu } from '../ui/menu.tsx'
import { Empty, Failure } from '../ui/notice.tsx'
import { Panel } from '../ui/page.tsx'
import { Cover, nameOf, RowHead, rowClass } from './row.tsx'
import { useSettingsInWords } from './use-settings-in-words.ts'

export function History() {
  const [status] = useParam('status')
  const history = useInfiniteQuery(jobsQuery({ q: '', status: isJobStatus(status) ? [status] : [] }))
  const jobs = history.data?.pages.flatMap((page) => page.jobs) ?? []
  const total = history.data?.pages[0]?.total ?? 0
  return (
    <>
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
          <ul aria-label="Ended jobs, newest first">
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
    </>
  )
}

function EndedRow({ job }: { job: Job }) {
  const settings = useSettingsInWords(job)
  const now = useNow(60_000)
  const router = useRouter()
  const { retry, retryReseeded, busy } = useJobActions()
  const at = job.finished_at ?? job.created_at
  const took = job.started_at && job.finished_at ? formatDuration(job.finished_at - job.started_at) : null
  const finals = job.outputs.filter((file) => file.kind === 'final').length
  const name = nameOf(job)
  return (
    <li className={`${rowClass} [contain-intrinsic-size:auto_5rem] [content-visibility:auto]`}>
      <Cover job={job} />
      <div className="min-w-0 grow basis-48">
        <RowHead job={job} />
        {job.error && (
          <p className="mt-1 text-sm text-pretty break-words text-danger">
            {reasonOf(job.error.message)}
            {job.error.node_type && <span className="text-muted"> at {job.error.node_type}</span>}
          </p>
        )}
        {job.status === 'interrupted' && (
          <p className="mt-1 text-sm">Stopped before it finished, {count(job.outputs.length, 'file')} kept.</p>
        )}
        <p className="mt-1 truncate text-sm text-muted tabular-nums" title={now > 0 ? formatFull(at) : undefined}>
          {[now > 0 && formatMoment(at, now), took, finals > 0 && count(finals, 'final'), settings]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </div>
      <div className="flex gap-1 max-sm:w-full max-sm:justify-end">
        <Link
          href={runFrom(job.id, job.workflow?.id ?? null)}
          aria-label={`Edit the settings of ${name} and run`}
          title="Edit and run"
          className={buttonClass('quiet', true)}
        >
          <SlidersHorizontal size={18} aria-hidden />
        </Link>
        <Button
          needsPod
          busy={busy}
          aria-label={job.status === 'completed' ? `Run ${name} again` : `Retry ${name}`}
          onClick={() => void retry(job.id)}
        >
          <RotateCcw size={16} aria-hidden />
          {job.status === 'completed' ? 'Again' : 'Retry'}
        </Button>
        <Menu
          label={`More for ${name}`}
          items={[
            {
              label: 'Run with a new seed',
              icon: <Dices size={16} aria-hidden />,
              needsPod: true,
              onSelect: () => void retryReseeded(job.id),
            },
            {
              label: 'Show in Jobs',
              icon: <Images size={16} aria-hidden />,
              onSelect: () => router.push(`/jobs?q=${job.id}`),
            },
          ]}
        >
          <Ellipsis size={18} aria-hidden />
        </Menu>
      </div>
    </li>
  )
}

/** The first sentence of what went wrong: the rest is in the job. */
function reasonOf(message: string): string {
  const line = message.split('\n', 1)[0]!
  const sentence = /^.{20,}?[.!?](?=\s|$)/.exec(line)?.[0] ?? line
  return sentence.length > 200 ? `${sentence.slice(0, 199)}…` : sentence
}
