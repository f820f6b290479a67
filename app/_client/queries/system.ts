/** @file Telemetry and the state of the parts. The event stream's snapshot writes it too. */

import { queryOptions } from '@tanstack/react-query'
import { firstRequests } from '#contracts/first-requests'
import type { System } from '#contracts/system'
import { getJson } from '../http.ts'

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: ({ signal }) => getJson<System>(firstRequests.system, { signal }),
  staleTime: 4000,
  refetchInterval: 15_000,
})
