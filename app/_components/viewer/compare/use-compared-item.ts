'use client'
import { useQuery } from '@tanstack/react-query'
/** @file The pinned file by its key, also when the page behind does not list it: a shared link, an input beside an output. */
import { jobIdPattern } from '#contracts/vocabulary'
import { fromInputName, itemsOfJob, type MediaItem } from '../../../_client/media-item.ts'
import { jobQuery } from '../../../_client/queries/jobs.ts'

/** @param key - `outputs:<path>` or `inputs:<path>`, '' for none */
export function useComparedItem(key: string, items: readonly MediaItem[]): MediaItem | null {
  const listed = items.find((item) => item.key === key) ?? null
  const colon = key.indexOf(':')
  const path = key.slice(colon + 1)
  const folder = path.split('/', 1)[0] ?? ''
  const isOutput = key.startsWith('outputs:')
  const job = isOutput && jobIdPattern.test(folder) && listed === null ? folder : null
  const record = useQuery({ ...jobQuery(job ?? ''), enabled: job !== null, retry: false }).data
  // What lies in the trash is compared with what lies beside it.
  if (listed !== null || colon < 0 || key.startsWith('trash:')) return listed
  if (!isOutput) return fromInputName(path)
  const files = record && (['final', 'preview', 'intermediate'] as const).flatMap((kind) => itemsOfJob(record, kind))
  return files?.find((item) => item.key === key) ?? fromInputName(`${path} [output]`)
}
