'use client'
/**
 * @file A job that no workflow of the pod made, such as a ComfyUI client's or a dropped one's: its own graph, which holds all
 * of its values, becomes the form.
 */
import { useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { jobQuery } from '../../_client/queries/jobs.ts'
import { jobGraphQuery } from '../../_client/queries/workflows.ts'
import { Failure } from '../ui/notice.tsx'
import { DroppedPage } from './dropped-page.tsx'
import { RunSkeleton } from './run-skeleton.tsx'

export function JobGraphPage({ id }: { id: string }) {
  const router = useRouter()
  const job = useQuery({ ...jobQuery(id), retry: false })
  const graph = useQuery({ ...jobGraphQuery(job.data), enabled: job.data !== undefined, retry: false })
  const failed = job.isError ? job : graph.isError ? graph : null
  if (failed !== null) return <Failure error={failed.error} onRetry={() => void failed.refetch()} />
  if (graph.data === undefined) return <RunSkeleton />
  return (
    <DroppedPage
      key={id}
      dropped={graph.data}
      origin="The graph of a job; the values it ran with became this form."
      onClose={() => router.push('/run')}
    />
  )
}
