/** @file The inputs as a paged query; the outputs have one of their own. */

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { AssetListing, AssetType, InputUses } from '#contracts/assets'
import type { MediaKind } from '#contracts/media'
import { getJson } from '../http.ts'

export interface AssetFilters {
  q: string
  kind: MediaKind | null
}

export const assetListsKey = (root: AssetType) => ['assets', root] as const

/** In how many jobs each input was used; asked again while records are still being read. */
export const inputUsesQuery = queryOptions({
  queryKey: [...assetListsKey('inputs'), 'uses'],
  queryFn: ({ signal }) => getJson<InputUses>('/api/admin/assets/inputs/uses', { signal }),
  refetchInterval: ({ state }) => (state.data?.complete === false ? 2000 : false),
})

/** As the server takes it. */
export const inputFilterOf = ({ q, kind }: AssetFilters) => ({ ...(q !== '' && { q }), ...(kind !== null && { kind }) })

/** Newest first. */
export const inputsQuery = (filters: AssetFilters) =>
  infiniteQueryOptions({
    queryKey: [...assetListsKey('inputs'), filters],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: '200', ...inputFilterOf(filters) })
      if (pageParam !== '') query.set('cursor', pageParam)
      return getJson<AssetListing>(`/api/admin/assets/inputs?${query}`, { signal })
    },
    getNextPageParam: (last) => last.next_cursor,
  })
