/** @file What the trash holds. */

import { queryOptions } from '@tanstack/react-query'
import { trashListingSchema } from '#contracts/assets'
import { getJson } from '../http.ts'

export const trashQuery = queryOptions({
  queryKey: ['trash'],
  queryFn: ({ signal }) => getJson('/api/admin/trash', trashListingSchema, { signal }),
})
