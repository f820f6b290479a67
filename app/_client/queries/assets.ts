/** @file The inputs as a paged query; the outputs have one of their own. */

import { infiniteQueryOptions } from '@tanstack/react-query'
import type { AssetListing, AssetType } from '#contracts/assets'
import type { MediaKind } from '#contracts/media'
import { getJson } from '../http.ts'

export interface AssetFilters {
  q: string
  kind: MediaKind | null
}

export const assetListsKey = (root: AssetType) => ['assets', root] as const

/** Newest first. */
export const inputsQuery = (filters: AssetFilters) =>
  infiniteQueryOptions({
    queryKey: [...assetListsKey('inputs'), filters],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: '200' })
      if (filters.q !== '') query.set('q', filters.q)
      if (filters.kind !== null) query.set('kind', filters.kind)
      if (pageParam !== '') query.set('cursor', pageParam)
      return getJson<AssetListing>(`/api/admin/assets/inputs?${query}`, { signal })
    },
    getNextPageParam: (last) => last.next_cursor,
  })
