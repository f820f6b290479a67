/** @file What the trash holds. */

import { queryOptions } from '@tanstack/react-query'
import type { TrashListing } from '#contracts/assets'
import { getJson } from '../http.ts'

export const trashQuery = queryOptions({
  queryKey: ['trash'],
  queryFn: ({ signal }) => getJson<TrashListing>('/api/admin/trash', { signal }),
})
