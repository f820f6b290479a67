'use client'
/** @file All workflows as cards: what each does, a picture of its last result, and what it still needs. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Sparkles, TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { useEffect, useMemo } from 'react'
import { useStore } from 'zustand'
import type { InspectedWorkflow, WorkflowSummary } from '#contracts/workflows'
import { usualDuration } from '../../_client/eta.ts'
import { formatRoughly } from '../../_client/format/time.ts'
import { count, shortName } from '../../_client/format/words.ts'
import { itemsOfJob, type MediaItem } from '../../_client/media-item.ts'
import { jobsQuery } from '../../_client/queries/jobs.ts'
import { workflowsQuery } from '../../_client/queries/workflows.ts'
import { runOn } from '../../_client/run-address.ts'
import { useStudio } from '../../_client/studio.tsx'
import { useParam, useParamList } from '../../_client/url-state.ts'
import { Banner, Empty, Failure } from '../ui/notice.tsx'
import { PageHead } from '../ui/page.tsx'
import { Thumbnail } from '../ui/thumbnail.tsx'
import { ChosenFiles } from './chosen-files.tsx'
import { DropWorkflow } from './drop-workflow.tsx'
import { DroppedPage } from './dropped-page.tsx'
import { JobGraphPage } from './job-graph-page.tsx'
import { OwnMenu } from './own-menu.tsx'
import { takes } from './place-files.ts'
import type { Standing } from './standing.ts'
import { useStandings } from './use-standings.ts'

const noFilters = { q: '', status: [] } as const

export function WorkflowsPage() {
  const store = useStudio().dropped
  const { dropped, show, restore } = useStore(store)
  // What was dropped in this tab is known to the browser only.
  useEffect(restore, [restore])
  const close = () => show(null)
  const [from] = useParam('from')
  const files = useParamList('image')
  if (from !== '') return <JobGraphPage id={from} />
  if (dropped === null) return <Choice files={files} onRead={show} />
  // Another one gets a form of its own, also when it has the same name, or is for other files.
  const key = [JSON.stringify(dropped.workflow), ...files].join()
  return <DroppedPage key={key} dropped={dropped} files={files} onClose={close} onKept={close} />
}

interface ChoiceProps {
  /** chosen to be worked on */
  files: readonly string[]
  onRead: (dropped: InspectedWorkflow) => void
}

function Choice({ files, onRead }: ChoiceProps) {
  const workflows = useQuery(workflowsQuery)
  const { data } = useInfiniteQuery(jobsQuery(noFilters))
  const jobs = useMemo(() => data?.pages.flatMap((page) => page.jobs) ?? [], [data])
  const found = useStandings(workflows.data?.workflows)
  const sorted = useMemo(
    () =>
      byCategory(found).filter(
        ({ workflow }) => files.length === 0 || files.some((file) => takes(workflow.inputs, file)),
      ),
    [found, files],
  )
  const broken = workflows.data?.broken ?? []

  return (
    <div className="mx-auto w-full max-w-7xl px-4 pb-16 md:px-8">
      <PageHead title="Run" about="Choose a workflow." />
      <ChosenFiles files={files} />
      <DropWorkflow onRead={onRead} />
      {workflows.isError && workflows.data === undefined && (
        <Failure error={workflows.error} onRetry={() => void workflows.refetch()} />
      )}
      {broken.length > 0 && (
        <div className="mb-6">
          <Banner tone="warn">
            {count(broken.length, 'workflow file')} cannot be read:
            <ul className="mt-1 list-disc pl-4">
              {broken.map(({ file, reason }) => (
                <li key={file}>
                  <span className="font-medium">{file}</span>: {reason}
                </li>
              ))}
            </ul>
          </Banner>
        </div>
      )}
      {workflows.isPending && <CardSkeleton />}
      {workflows.data?.workflows.length === 0 && (
        <Empty icon={<Sparkles size={26} />} title="No workflow with inputs found">
          Drop one above, or put a file into the pod's <code className="font-mono">workflows</code> folder.
        </Empty>
      )}
      {found.length > 0 && sorted.length === 0 && <p className="text-muted">No workflow on this pod takes it.</p>}
      <ul className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3 xl:grid-cols-4">
        {sorted.map(({ workflow, standing }) => {
          const cover = jobs.find((job) => job.workflow?.id === workflow.id && job.status === 'completed')
          return (
            <li key={workflow.id} className="relative">
              <Card
                href={runOn(files, workflow.id).href}
                workflow={workflow}
                standing={standing}
                cover={cover ? itemsOfJob(cover, 'final').at(-1) : undefined}
                usual={usualDuration(jobs, workflow.id)}
              />
              {!workflow.shipped && (
                <div className="absolute top-2 right-2">
                  <OwnMenu workflow={workflow} />
                </div>
              )}
            </li>
          )
        })}
      </ul>
    </div>
  )
}

interface CardProps {
  href: string
  workflow: WorkflowSummary
  standing: Standing
  cover: MediaItem | undefined
  /** seconds */
  usual: number | null
}

function Card({ href, workflow, standing, cover, usual }: CardProps) {
  return (
    <Link
      href={href}
      className="flex h-full flex-col overflow-hidden rounded-2xl border border-line bg-surface hover:border-line-strong"
    >
      <div className="aspect-16/10 shrink-0 overflow-hidden bg-stage max-sm:aspect-auto max-sm:h-32">
        {cover ? (
          <Thumbnail item={cover} cover />
        ) : (
          <span className="grid size-full place-items-center text-muted">
            <Sparkles size={24} strokeWidth={1.5} aria-hidden />
          </span>
        )}
      </div>
      <div className="flex grow flex-col p-4">
        <p className="mb-1 text-xs text-muted first-letter:uppercase">{workflow.category}</p>
        <h2 className="text-base font-semibold">{workflow.name}</h2>
        <p className="mt-1 line-clamp-3 text-sm text-muted">{workflow.description}</p>
        <p className="mt-auto flex items-end pt-3 text-xs">
          {standing.missing === null ? (
            <span className="min-w-0 text-muted">
              {usual === null ? 'Not run yet' : `Usually takes ${formatRoughly(usual)}`}
              {standing.otherCheckpoint !== null && (
                <span className="mt-0.5 block break-words" title={standing.otherCheckpoint}>
                  Uses another checkpoint: {shortName(standing.otherCheckpoint)}
                </span>
              )}
            </span>
          ) : (
            <span className="inline-flex items-center gap-1.5 font-medium text-warn">
              <TriangleAlert size={14} aria-hidden />
              {standing.missing}
            </span>
          )}
        </p>
      </div>
    </Link>
  )
}

/** Kin stand together; within a category, what can run now comes first. */
const byCategory = (found: readonly { workflow: WorkflowSummary; standing: Standing }[]) =>
  found.toSorted(
    ({ workflow: a, standing: x }, { workflow: b, standing: y }) =>
      a.category.localeCompare(b.category) ||
      Number(y.missing === null) - Number(x.missing === null) ||
      a.name.localeCompare(b.name),
  )

const CardSkeleton = () => (
  <div aria-hidden className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3 xl:grid-cols-4">
    {['a', 'b', 'c', 'd'].map((key) => (
      <div key={key} className="skeleton h-64 rounded-2xl" />
    ))}
  </div>
)
