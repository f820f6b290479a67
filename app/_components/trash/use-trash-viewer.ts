'use client'
/** @file Looking at what lies in the trash: all single files as one row; the files of a job among themselves. What is open is in the address. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { TrashEntry } from '#contracts/assets'
import { inWords } from '../../_client/api-error.ts'
import { fromTrash, fromTrashEntry } from '../../_client/media-item.ts'
import { notify } from '../../_client/notify.ts'
import { trashFilesQuery } from '../../_client/queries/trash.ts'
import { pushParams, useParam } from '../../_client/url-state.ts'

export function useTrashViewer(entries: readonly TrashEntry[]) {
  const [file] = useParam('file')
  const cache = useQueryClient()
  const shown = entries.find(({ id }) => id === file.split('/', 1)[0])
  const inJob = useQuery({ ...trashFilesQuery(shown?.id ?? ''), enabled: shown?.is_directory ?? false }).data
  const items = useMemo(() => {
    if (shown === undefined) return []
    if (shown.is_directory) return inJob?.files.map(fromTrash) ?? []
    return entries.map(fromTrashEntry).filter((item) => item !== null)
  }, [entries, shown, inJob])
  return {
    file,
    items,
    openable: (entry: TrashEntry) => (entry.is_directory ? !entry.files_gone : fromTrashEntry(entry) !== null),
    async open(entry: TrashEntry) {
      const single = fromTrashEntry(entry)
      if (single) return pushParams({ file: single.path })
      try {
        const [first] = (await cache.fetchQuery(trashFilesQuery(entry.id))).files
        if (first) pushParams({ file: first.path })
        else notify.plain('It has no pictures or videos')
      } catch (error) {
        notify.error(inWords(error))
      }
    },
  }
}
