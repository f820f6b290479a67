/** @file Model files, what is missing, and downloads under way. */

import { queryOptions } from '@tanstack/react-query'
import type { ModelList } from '#contracts/models'
import { getJson } from '../http.ts'

export const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: ({ signal }) => getJson<ModelList>('/api/admin/models', { signal }),
  refetchInterval: (query) =>
    query.state.data?.downloads.some((download) => download.state === 'running') ? 1000 : 30_000,
})
