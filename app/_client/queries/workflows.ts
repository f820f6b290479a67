/** @file Workflows and the model files their inputs choose from. */

import { queryOptions } from '@tanstack/react-query'
import type { WorkflowList } from '#contracts/workflows'
import { getJson } from '../http.ts'

export const workflowsQuery = queryOptions({
  queryKey: ['workflows'],
  queryFn: ({ signal }) => getJson<WorkflowList>('/api/admin/workflows', { signal }),
  staleTime: 15_000,
})

/** Names of the files in `models/<folder>`, as the engine lists them. */
export const modelsQuery = (folder: string) =>
  queryOptions({
    queryKey: ['models', folder],
    queryFn: ({ signal }) => getJson<string[]>(`/api/models/${encodeURIComponent(folder)}`, { signal }),
    staleTime: 15_000,
  })
