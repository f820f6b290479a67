'use client'
/** @file The newest results of this workflow, each one click from the viewer and from its settings. */
import { useInfiniteQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useMemo } from 'react'
import type { WorkflowSummary } from '#contracts/workflows'
import { itemLabel, itemsOfJob } from '../../_client/media-item.ts'
import { jobsQuery } from '../../_client/queries/jobs.ts'
import { Thumbnail } from '../ui/thumbnail.tsx'

const noFilters = { q: '', status: [] } as const

export function RecentRuns({ workflow }: { workflow: WorkflowSummary }) {
  const { data } = useInfiniteQuery(jobsQuery(noFilters))
  const covers = useMemo(
    () =>
      (data?.pages ?? [])
        .flatMap((page) => page.jobs)
        .filter((job) => job.workflow?.id === workflow.id)
        .flatMap((job) => itemsOfJob(job, 'final').slice(-1))
        .slice(0, 8),
    [data, workflow.id],
  )
  if (covers.length === 0) return null
  return (
    <section className="mt-8">
      <h2 className="mb-3 text-base font-semibold">Made with this workflow</h2>
      <ul className="grid grid-cols-2 gap-2 sm:grid-cols-4">
        {covers.map((item) => (
          <li key={item.key}>
            <Link
              href={`/jobs?file=${encodeURIComponent(item.path)}`}
              aria-label={itemLabel(item)}
              className="tile-ring block aspect-4/3 overflow-hidden rounded-lg"
            >
              <Thumbnail item={item} width={320} />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
