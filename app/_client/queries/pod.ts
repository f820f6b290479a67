/** @file What fills the disk, the last hour of telemetry, the engine's log, the studio's settings. */

import { queryOptions } from '@tanstack/react-query'
import type { Storage, StudioSettings } from '#contracts/storage'
import type { EngineLog, SystemHistory } from '#contracts/system'
import { getJson } from '../http.ts'

/** @param days - how old intermediates and unused inputs must be */
export const storageQuery = (days: number) =>
  queryOptions({
    queryKey: ['storage', days],
    queryFn: ({ signal }) => getJson<Storage>(`/api/admin/storage?days=${days}`, { signal }),
    staleTime: 5000,
    // While the disk is still being read the figures grow.
    refetchInterval: (query) => (query.state.data?.complete === false ? 2000 : 30_000),
  })

export const historyQuery = queryOptions({
  queryKey: ['system', 'history'],
  queryFn: ({ signal }) => getJson<SystemHistory>('/api/admin/system/history', { signal }),
  refetchInterval: 5000,
})

export const engineLogQuery = queryOptions({
  queryKey: ['engine', 'log'],
  queryFn: ({ signal }) => getJson<EngineLog>('/api/admin/engine/log', { signal }),
  refetchInterval: 2000,
})

/** As far back as it is kept; only what a page of a job looks through. */
export const wholeEngineLogQuery = queryOptions({
  queryKey: ['engine', 'log', 'whole'],
  queryFn: ({ signal }) => getJson<EngineLog>('/api/admin/engine/log?limit=2000', { signal }),
})

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => getJson<StudioSettings>('/api/admin/settings', { signal }),
})
