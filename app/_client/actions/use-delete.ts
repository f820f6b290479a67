'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
/** @file Deleting with a way back: to the trash at once, a toast with Undo, the lists brought up to date. */
import type { AssetType } from '#contracts/assets'
import { inWords } from '../api-error.ts'
import { type JobPages, withoutPaths } from '../live/apply.ts'
import { notify } from '../notify.ts'
import { assetListsKey } from '../queries/assets.ts'
import { jobListsKey } from '../queries/jobs.ts'
import { trashQuery } from '../queries/trash.ts'
import { useStudio } from '../studio.tsx'
import { deleteForGood, moveToTrash, takeBack } from './files.ts'

/** @param what - in words, for the toast: `3 finals` */
export function useDelete() {
  const cache = useQueryClient()
  const { selection, undo: undoStack } = useStudio()

  const refresh = useCallback(
    (type: AssetType) => {
      if (type === 'outputs') void cache.invalidateQueries({ queryKey: jobListsKey })
      void cache.invalidateQueries({ queryKey: assetListsKey(type) })
      void cache.invalidateQueries({ queryKey: trashQuery.queryKey })
    },
    [cache],
  )

  return useCallback(
    async (type: AssetType, paths: readonly string[], what: string, forGood = false) => {
      try {
        const { deleted, errors } = await (forGood ? deleteForGood(type, paths) : moveToTrash(type, paths))
        for (const [key, pages] of cache.getQueriesData<JobPages>({ queryKey: jobListsKey })) {
          if (type === 'outputs' && pages) cache.setQueryData(key, withoutPaths(pages, deleted))
        }
        selection.getState().remove(deleted.map((path) => `${type}:${path}`))
        refresh(type)
        if (errors.length > 0) notify.error(errors.slice(0, 3).join('\n'))
        if (deleted.length === 0) return
        const undo = async () => {
          forget()
          try {
            await takeBack(type, deleted)
            refresh(type)
          } catch (error) {
            notify.error(inWords(error))
          }
        }
        const forget = forGood ? () => {} : undoStack.push(undo)
        notify.plain(forGood ? `Deleted ${what} for good` : `Moved ${what} to the trash`, {
          duration: 10_000,
          ...(forGood ? {} : { action: { label: 'Undo', onClick: () => void undo() } }),
        })
      } catch (error) {
        notify.error(inWords(error))
      }
    },
    [cache, refresh, selection, undoStack],
  )
}
