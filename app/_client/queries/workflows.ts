/** @file Workflows and the model files their inputs choose from. */

import { queryOptions } from '@tanstack/react-query'
import type { JobDetail, UsualRun } from '#contracts/jobs'
import type { InspectedWorkflow, WorkflowList } from '#contracts/workflows'
import { getJson, postFile } from '../http.ts'

export const workflowsQuery = queryOptions({
  queryKey: ['workflows'],
  queryFn: ({ signal }) => getJson<WorkflowList>('/api/admin/workflows', { signal }),
  staleTime: 15_000,
})

/** What a run of it took of late. */
export const usualRunQuery = (workflow: string) =>
  queryOptions({
    queryKey: ['workflows', 'usual', workflow],
    queryFn: ({ signal }) =>
      getJson<UsualRun>(`/api/admin/workflows/${encodeURIComponent(workflow)}/usual`, { signal }),
    staleTime: 15_000,
  })

/** The graph a job ran, as a workflow that can be run and kept. It does not change; whether its files are there may. */
export const jobGraphQuery = (job: JobDetail | undefined) =>
  queryOptions({
    queryKey: ['workflows', 'of job', job?.id],
    queryFn: ({ signal }) => {
      const name = encodeURIComponent(`${job?.workflow?.name ?? 'From a ComfyUI client'}.json`)
      const graph = new Blob([JSON.stringify(job?.prompt)])
      return postFile<InspectedWorkflow>(`/api/admin/workflows/inspect?name=${name}`, graph, { signal })
    },
    staleTime: 15_000,
    refetchOnWindowFocus: false,
  })

/** Names of the files in `models/<folder>`, as the engine lists them. */
export const modelsQuery = (folder: string) =>
  queryOptions({
    queryKey: ['models', folder],
    queryFn: ({ signal }) => getJson<string[]>(`/api/models/${encodeURIComponent(folder)}`, { signal }),
    staleTime: 15_000,
  })
