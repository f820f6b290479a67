/** @file What a file says of its making, for files that no job record describes. */
import { queryOptions } from '@tanstack/react-query'
import type { FileTexts } from '#contracts/file-texts'
import { getJson } from '../http.ts'
import type { MediaItem } from '../media-item.ts'
import { assetPath } from '../urls.ts'

export const fileTextsQuery = ({ root, path, version }: Pick<MediaItem, 'root' | 'path' | 'version'>) =>
  queryOptions({
    queryKey: ['file-texts', root, path, version],
    queryFn: ({ signal }) => getJson<FileTexts>(`/api/admin/file-texts/${assetPath(root, path)}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
