'use client'
/** @file Deleting with a way back: to the trash at once, a toast with Undo (ctrl+Z does the same), lists brought up to date. */
import { useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { AssetType } from '#contracts/assets'
import { inWords } from '../api-error.ts'
import { type JobPages, withoutFiles, withoutPaths } from '../live/apply.ts'
import { type OutputPages, withoutOutputs } from '../live/apply-outputs.ts'
import { changeDetails } from '../live/change-details.ts'
import { refusesWhileCut } from '../live/connection.ts'
import { notify } from '../notify.ts'
import { assetListsKey } from '../queries/assets.ts'
import { jobDetailsKey, jobListsKey } from '../queries/jobs.ts'
import { outputListsKey } from '../queries/outputs.ts'
import { trashQuery } from '../queries/trash.ts'
import { useStudio } from '../studio.tsx'
import { deleteForGood, moveToTrash, purgeFromTrash, restoreFromTrash, takeBack } from './files.ts'
import { type SelectionOf, trashSelection } from './selection.ts'

interface Done {
  /** what went, as far as it was named */
  gone: readonly string[]
  /** all of a query went: the lists are asked for anew */
  whole: boolean
  errors: readonly string[]
  undo: (() => Promise<unknown>) | null
}

/** Runs a deletion and says what became of it. @param what - in words, for the toast: `3 finals` */
function useSaidDeletion() {
  const cache = useQueryClient()
  const { changeLists, connection, selection, undo } = useStudio()

  return useCallback(
    async (type: AssetType, what: string, run: () => Promise<Done>) => {
      if (refusesWhileCut(connection)) return
      const refresh = (outputs: boolean) => {
        if (type === 'outputs') void cache.invalidateQueries({ queryKey: jobListsKey })
        if (type === 'outputs') void cache.invalidateQueries({ queryKey: jobDetailsKey })
        if (type === 'outputs' && outputs) void cache.invalidateQueries({ queryKey: outputListsKey })
        void cache.invalidateQueries({ queryKey: assetListsKey(type) })
        void cache.invalidateQueries({ queryKey: trashQuery.queryKey })
      }
      try {
        const done = await run()
        if (type === 'outputs') {
          changeLists<JobPages>({ queryKey: jobListsKey }, (pages) => withoutPaths(pages, done.gone))
          changeDetails(cache, withoutFiles(done.gone))
          changeLists<OutputPages>({ queryKey: outputListsKey }, (pages) => withoutOutputs(pages, done.gone))
        }
        if (done.whole) selection.getState().clear()
        else selection.getState().remove(done.gone.map((path) => `${type}:${path}`))
        refresh(done.whole)
        if (done.errors.length > 0) notify.error(done.errors.slice(0, 3).join('\n'))
        if (done.gone.length === 0 && !done.whole) return
        const { undo: back } = done
        if (back === null) return notify.plain(`Deleted ${what} for good`, { duration: 10_000 })
        const wayBack = async () => {
          forget()
          try {
            await back()
            refresh(true)
            notify.success(`Put ${what} back`)
          } catch (error) {
            // Still to be had, by Ctrl + Z.
            forget = undo.push(wayBack)
            notify.error(inWords(error))
          }
        }
        let forget = undo.push(wayBack)
        notify.plain(`Moved ${what} to the trash`, {
          duration: 10_000,
          action: { label: 'Undo', onClick: () => void wayBack() },
        })
      } catch (error) {
        notify.error(inWords(error))
      }
    },
    [cache, changeLists, connection, selection, undo],
  )
}

/** Files of either root, or whole jobs, by name. */
export function useDelete() {
  const say = useSaidDeletion()
  return useCallback(
    (type: AssetType, paths: readonly string[], what: string, forGood = false) =>
      say(type, what, async () => {
        const { deleted, errors } = await (forGood ? deleteForGood(type, paths) : moveToTrash(type, paths))
        return { gone: deleted, whole: false, errors, undo: forGood ? null : () => takeBack(type, deleted) }
      }),
    [say],
  )
}

/** A selection of either root, by name or by query. */
export function useDeleteSelection() {
  const say = useSaidDeletion()
  return useCallback(
    (what: SelectionOf, words: string, forGood = false) =>
      say(what.type, words, async () => {
        const { selection } = what
        const { files, ids, errors } = await trashSelection(what)
        if (forGood) await purgeFromTrash(ids)
        const failed = new Set(errors.map((error) => error.slice(0, error.lastIndexOf(': '))))
        const gone = 'files' in selection ? selection.files.filter((path) => !failed.has(path)) : []
        return {
          gone,
          whole: 'query' in selection && files > 0,
          errors,
          undo: forGood ? null : () => restoreFromTrash(ids),
        }
      }),
    [say],
  )
}
