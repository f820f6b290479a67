'use client'
/** @file Restoring from the trash, with a way back (ctrl+Z), and deleting for good; lists brought up to date. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { TrashEntry, TrashResult } from '#contracts/assets'
import { inWords } from '../api-error.ts'
import { count } from '../format/words.ts'
import { refusesWhileCut } from '../live/connection.ts'
import { notify } from '../notify.ts'
import { jobListsKey } from '../queries/jobs.ts'
import { trashQuery } from '../queries/trash.ts'
import { useStudio } from '../studio.tsx'
import { moveToTrash, purgeFromTrash, restoreFromTrash } from './files.ts'

const idsOf = (entries: readonly TrashEntry[]) => entries.map(({ id }) => id)

export function useTrash() {
  const cache = useQueryClient()
  const { connection, undo } = useStudio()

  const settle = useCallback(
    ({ errors }: Pick<TrashResult, 'errors'>) => {
      if (errors.length > 0) notify.error(errors.slice(0, 3).join('\n'))
      void cache.invalidateQueries({ queryKey: trashQuery.queryKey })
      void cache.invalidateQueries({ queryKey: jobListsKey })
      void cache.invalidateQueries({ queryKey: ['assets'] })
    },
    [cache],
  )
  const onError = (error: unknown) => notify.error(inWords(error))

  const restore = useMutation({
    mutationFn: (entries: readonly TrashEntry[]) => restoreFromTrash(idsOf(entries)),
    onSuccess(result, entries) {
      settle(result)
      const restored = new Set(result.done)
      const back = entries.filter(({ id }) => restored.has(id))
      if (back.length === 0) return
      const wayBack = async () => {
        forget()
        try {
          settle(await trashAgain(back))
          notify.plain(`Moved ${count(back.length, 'item')} to the trash again`)
        } catch (error) {
          onError(error)
        }
      }
      const forget = undo.push(wayBack)
      notify.success(`Restored ${count(back.length, 'item')}`, {
        action: { label: 'Undo', onClick: () => void wayBack() },
      })
    },
    onError,
  })
  const purge = useMutation({
    mutationFn: (entries: readonly TrashEntry[]) => purgeFromTrash(idsOf(entries)),
    onSuccess(result) {
      settle(result)
      if (result.done.length > 0) notify.success(`Deleted ${count(result.done.length, 'item')}`)
    },
    onError,
  })
  // Buttons say so themselves; keys come here.
  const unlessCut = (run: typeof restore.mutate) => (entries: readonly TrashEntry[]) => {
    if (!refusesWhileCut(connection)) run(entries)
  }
  return {
    restore: unlessCut(restore.mutate),
    purge: unlessCut(purge.mutate),
    busy: restore.isPending || purge.isPending,
  }
}

/** Paths that one request may name. */
const mostPaths = 10_000

async function trashAgain(entries: readonly TrashEntry[]) {
  const errors: string[] = []
  for (const type of ['inputs', 'outputs'] as const) {
    const paths = entries.filter((entry) => entry.type === type).map(({ path }) => path)
    for (let from = 0; from < paths.length; from += mostPaths) {
      errors.push(...(await moveToTrash(type, paths.slice(from, from + mostPaths))).errors)
    }
  }
  return { errors }
}
