'use client'
/** @file One workflow: form left, live stage right, recent results below. `?from=<job>` fills the form from a job. */
import { useQuery } from '@tanstack/react-query'
import { ArrowLeft, CircleHelp } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useMemo } from 'react'
import { jobQuery } from '../../_client/queries/jobs.ts'
import { workflowsQuery } from '../../_client/queries/workflows.ts'
import { useParam, useParamList } from '../../_client/url-state.ts'
import { buttonClass } from '../ui/button.tsx'
import { Empty, Failure } from '../ui/notice.tsx'
import { PageHead } from '../ui/page.tsx'
import { LeftFiles } from './chosen-files.tsx'
import { JobGraphPage } from './job-graph-page.tsx'
import { OwnMenu } from './own-menu.tsx'
import { placeFiles } from './place-files.ts'
import { lastValues } from './remembered.ts'
import { RunLayout } from './run-layout.tsx'
import { RunSkeleton } from './run-skeleton.tsx'
import { ofWorkflow } from './runnable.ts'
import { misfits, startValues } from './values.ts'

export function RunPage({ id }: { id: string }) {
  const [from] = useParam('from')
  const files = useParamList('image')
  const [compareWith] = useParam('with')
  const workflows = useQuery({
    ...workflowsQuery,
    // What is missing may come by ways that tell nobody, such as a copied file.
    refetchInterval: ({ state }) =>
      state.data?.workflows.find((each) => each.id === id)?.ready === false ? 10_000 : false,
  })
  const source = useQuery({ ...jobQuery(from), enabled: from !== '', retry: false })
  const router = useRouter()
  const workflow = workflows.data?.workflows.find((each) => each.id === id)

  const settings = source.data
  const start = useMemo(() => {
    if (workflow === undefined) return null
    const given = settings === undefined ? null : { ...settings.inputs, ...settings.seeds }
    const placed = placeFiles(workflow.inputs, files)
    // What the job did not set is the workflow's own, whatever was typed in this browser since.
    const initial = startValues(workflow.inputs, given ?? lastValues(id), placed.values)
    return { initial, placed, unfit: given === null ? [] : misfits(workflow.inputs, given) }
  }, [workflow, settings, files, id])

  if (workflows.isError && workflows.data === undefined) {
    return <Failure error={workflows.error} onRetry={() => void workflows.refetch()} />
  }
  if (workflows.isPending || (from !== '' && source.isPending)) return <RunSkeleton />
  if (workflow === undefined || start === null) {
    return source.data === undefined ? <NoWorkflow /> : <JobGraphPage id={from} />
  }
  return (
    <RunLayout
      // Other settings or files are another form.
      key={[from, ...files].join()}
      runnable={ofWorkflow(workflow)}
      initial={start.initial}
      batch={start.placed.batch}
      from={from}
      compareWith={compareWith}
      workflow={workflow}
      head={
        <PageHead
          title={workflow.name}
          about={workflow.description}
          back={
            <Link
              href="/run"
              className="-ml-1 mb-1 inline-flex min-h-11 items-center gap-1.5 rounded-md px-1 text-sm text-muted hover:text-ink md:min-h-6"
            >
              <ArrowLeft size={16} aria-hidden />
              All workflows
            </Link>
          }
          actions={!workflow.shipped && <OwnMenu workflow={workflow} onDeleted={() => router.push('/run')} />}
        />
      }
    >
      {from !== '' && source.isError && (
        <p className="mb-4 text-sm text-muted">
          The job these settings should come from is gone; the last used ones are filled in.
        </p>
      )}
      {start.unfit.length > 0 && (
        <p className="mb-4 text-sm text-muted">
          The workflow has changed since that job: {start.unfit.join(', ')} could not be filled in.
        </p>
      )}
      <LeftFiles files={start.placed.left} />
    </RunLayout>
  )
}

const NoWorkflow = () => (
  <Empty
    icon={<CircleHelp size={26} />}
    title="This workflow is not on the pod"
    actions={
      <Link href="/run" className={buttonClass('primary')}>
        All workflows
      </Link>
    }
  >
    It was run without being kept, or removed from the workflows folder. Its jobs can still be run again from the queue.
  </Empty>
)
