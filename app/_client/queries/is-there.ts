/** @file Whether a file is still on the pod. */
import { queryOptions } from '@tanstack/react-query'
import type { MediaItem } from '../media-item.ts'
import { fileUrl } from '../urls.ts'

/** Only a clear "not found" counts as gone: anything else may be the line. */
export const isThereQuery = ({ key, root, path }: MediaItem) =>
  queryOptions({
    queryKey: ['is there', key],
    queryFn: async ({ signal }) => {
      const answer = await fetch(fileUrl(root, path), { method: 'HEAD', credentials: 'same-origin', signal })
      return answer.status !== 404
    },
    staleTime: 15_000,
    retry: false,
  })
