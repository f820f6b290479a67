/** @file The queue with what is expected of it: whether it is paused, and when each waiting job starts. */
import { queryOptions } from '@tanstack/react-query'
import type { Queue } from '#contracts/jobs'
import { getJson } from '../http.ts'

/** The order on the screen comes from the live jobs; this adds the expectations, which change with time alone too. */
export const queueQuery = queryOptions({
  queryKey: ['jobs', 'queue'],
  queryFn: ({ signal }) => getJson<Queue>('/api/admin/queue', { signal }),
  staleTime: 2000,
  refetchInterval: 15_000,
})
