/** @file Workflows and the model files their inputs choose from. */

import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod'
import { workflowListSchema } from '#contracts/workflows'
import { getJson } from '../http.ts'

export const workflowsQuery = queryOptions({
  queryKey: ['workflows'],
  queryFn: ({ signal }) => getJson('/api/admin/workflows', workflowListSchema, { signal }),
  staleTime: 15_000,
})

/** Names of the files in `models/<folder>`, as the engine lists them. */
export const modelsQuery = (folder: string) =>
  queryOptions({
    queryKey: ['models', folder],
    queryFn: ({ signal }) => getJson(`/api/models/${encodeURIComponent(folder)}`, z.array(z.string()), { signal }),
    staleTime: 15_000,
  })
