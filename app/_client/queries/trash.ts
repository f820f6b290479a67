/** @file What the trash holds. */

import { queryOptions } from '@tanstack/react-query'
import type { TrashFile, TrashListing } from '#contracts/assets'
import { getJson } from '../http.ts'

export const trashQuery = queryOptions({
  queryKey: ['trash'],
  queryFn: ({ signal }) => getJson<TrashListing>('/api/admin/trash', { signal }),
})

/** The pictures and videos of one entry. */
export const trashFilesQuery = (id: string) =>
  queryOptions({
    queryKey: ['trash', id],
    queryFn: ({ signal }) =>
      getJson<{ files: TrashFile[] }>(`/api/admin/trash/${encodeURIComponent(id)}/files`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
