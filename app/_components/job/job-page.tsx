'use client'
/** @file One job: its files, its settings, what happened when, why it failed, and its graph with the running node lit. */
import { useQuery } from '@tanstack/react-query'
import { ArrowLeft, CircleHelp } from 'lucide-react'
import Link from 'next/link'
import { type ReactNode, useMemo } from 'react'
import type { JobDetail } from '#contracts/jobs'
import { ApiError } from '../../_client/api-error.ts'
import { useLiveJob } from '../../_client/live/use-live.ts'
import { jobQuery } from '../../_client/queries/jobs.ts'
import { workflowsQuery } from '../../_client/queries/workflows.ts'
import { useParam } from '../../_client/url-state.ts'
import { RunningBlock } from '../jobs/running-block.tsx'
import { buttonClass } from '../ui/button.tsx'
import { CopyButton, Facts, LongText } from '../ui/facts.tsx'
import { Empty, Failure } from '../ui/notice.tsx'
import { PageHead, Panel } from '../ui/page.tsx'
import { part } from '../ui/part.tsx'
import { Status } from '../ui/status.tsx'
import { graphNodes } from './graph/graph-nodes.ts'
import { JobGraph } from './graph/job-graph.tsx'
import { contentsOf, JobActions } from './job-actions.tsx'
import { JobError } from './job-error.tsx'
import { JobFiles, mediaOf } from './job-files.tsx'
import { JobInterrupted } from './job-interrupted.tsx'
import { JobLog } from './job-log.tsx'
import { JobTimeline } from './job-timeline.tsx'
import { nodeStates } from './node-states.ts'
import { settingsOf, valueInWords } from './settings.ts'

const Viewer = part(() => import('../viewer/viewer.tsx').then((module) => module.Viewer))

export function JobPage({ id }: { id: string }) {
  const record = useQuery(jobQuery(id))
  const live = useLiveJob(id)
  const job = useMemo(
    () => (record.data === undefined ? null : live === null ? record.data : { ...record.data, ...live }),
    [record.data, live],
  )
  // Also when it was here: all of its files were deleted, and its record with them.
  if (record.error instanceof ApiError && record.error.status === 404) return <NoJob />
  if (record.isError && job === null) return <Failure error={record.error} onRetry={() => void record.refetch()} />
  return job === null ? <JobSkeleton /> : <Shown job={job} />
}

function Shown({ job }: { job: JobDetail }) {
  const [file] = useParam('file')
  const items = useMemo(() => mediaOf(job), [job])
  const states = useMemo(
    () =>
      nodeStates(
        job,
        graphNodes(job.prompt).map((node) => node.id),
      ),
    [job],
  )
  return (
    <div className="mx-auto w-full max-w-7xl px-4 pb-16 md:px-8">
      <PageHead
        title={job.workflow?.name ?? 'From a ComfyUI client'}
        back={
          <Link
            href="/jobs"
            className="-ml-1 mb-1 inline-flex min-h-11 items-center gap-1.5 rounded-md px-1 text-sm text-muted hover:text-ink md:min-h-6"
          >
            <ArrowLeft size={16} aria-hidden />
            All jobs
          </Link>
        }
        about={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <Status status={job.status} quiet={job.kept} />
            <span className="tabular-nums">{contentsOf(job)}</span>
            <span className="inline-flex items-center font-mono text-xs">
              {job.id}
              <CopyButton label="the job's name" value={job.id} />
            </span>
          </span>
        }
        actions={<JobActions job={job} />}
      />
      {job.status === 'running' && <RunningBlock jobId={job.id} large />}
      <JobError job={job} />
      <JobInterrupted job={job} />
      <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="min-w-0">
          <JobFiles job={job} />
        </div>
        <Part title="Settings">
          <Settings job={job} />
        </Part>
      </div>
      <div className="mt-6 flex flex-col gap-6">
        <Part title="Timeline">
          <JobTimeline job={job} states={states} />
        </Part>
        {job.started_at !== null && (
          <Part title="What the engine printed">
            <JobLog job={job} />
          </Part>
        )}
        <Part title="Graph" id="graph">
          <JobGraph job={job} states={states} />
        </Part>
      </div>
      {items.some((item) => item.path === file) && <Viewer items={items} path={file} />}
    </div>
  )
}

const Part = ({ title, id, children }: { title: string; id?: string; children: ReactNode }) => (
  <Panel>
    <h2 id={id} className="scroll-mt-20 px-5 pt-4 pb-2 text-sm font-semibold">
      {title}
    </h2>
    {children}
  </Panel>
)

function Settings({ job }: { job: JobDetail }) {
  const workflows = useQuery(workflowsQuery).data?.workflows ?? []
  const workflow = workflows.find((each) => each.id === job.workflow?.id) ?? null
  const settings = settingsOf(job, workflow)
  const main = settings.filter((setting) => setting.main && setting.value !== '')
  const fixed = settings.filter((setting) => !setting.main)
  const facts = (list: typeof settings) =>
    list.map((setting) => ({
      label: setting.label,
      value: valueInWords(setting.value),
      copy: setting.kind === 'seed' || setting.kind === 'model',
    }))
  return (
    <div className="px-5 pb-4">
      {main
        .filter((setting) => setting.kind === 'text')
        .map((setting) => (
          <LongText key={setting.key} label={setting.label} value={valueInWords(setting.value)} />
        ))}
      <Facts facts={facts(main.filter((setting) => setting.kind !== 'text'))} />
      {job.retry_of && (
        <p className="mt-2 text-sm text-muted">
          Runs{' '}
          <Link href={`/jobs/${job.retry_of}`} className="underline underline-offset-4">
            an earlier job
          </Link>{' '}
          again.
        </p>
      )}
      {fixed.length > 0 && (
        <details className="mt-2 text-sm">
          <summary className="flex min-h-11 items-center text-muted md:min-h-8">
            What the workflow fixes ({fixed.length})
          </summary>
          <Facts facts={facts(fixed)} />
        </details>
      )}
    </div>
  )
}

const NoJob = () => (
  <Empty
    icon={<CircleHelp size={26} />}
    title="This job is not on the pod"
    actions={
      <Link href="/jobs" className={buttonClass('primary')}>
        All jobs
      </Link>
    }
  >
    It was deleted. What was deleted not long ago is in the trash and can be taken back.
  </Empty>
)

const JobSkeleton = () => (
  <div aria-hidden className="mx-auto grid w-full max-w-7xl gap-6 px-4 pt-32 md:px-8 lg:grid-cols-[1fr_24rem]">
    <div className="skeleton h-72" />
    <div className="skeleton h-72" />
  </div>
)
