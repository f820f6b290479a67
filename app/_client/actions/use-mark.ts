'use client'
/** @file Star and reject: shown at once, sent behind; a refusal is said, and the lists are asked for again. */
import { hashKey, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { Mark } from '#contracts/vocabulary'
import { inWords } from '../api-error.ts'
import { type JobPages, withFileMarks, withMarks } from '../live/apply.ts'
import { type OutputPages, withOutputMarks } from '../live/apply-outputs.ts'
import { changeDetails } from '../live/change-details.ts'
import { refusesWhileCut } from '../live/connection.ts'
import type { MediaItem } from '../media-item.ts'
import { notify } from '../notify.ts'
import { jobDetailsKey, jobListsKey } from '../queries/jobs.ts'
import { outputListsKey } from '../queries/outputs.ts'
import { type Selection, selectionOf } from '../state/selection.ts'
import { useStudio } from '../studio.tsx'
import { setMarks } from './selection.ts'

type Marked = readonly Pick<MediaItem, 'path'>[] | Pick<Selection, 'items' | 'whole'>

/** @returns marks outputs, or with null takes their mark away; resolves when the server has it, never rejects */
export function useMark() {
  const cache = useQueryClient()
  const { changeLists, connection, ownMarks } = useStudio()
  return useCallback(
    async (what: Marked, mark: Mark | null) => {
      if (refusesWhileCut(connection)) return
      const chosen = 'whole' in what ? what : null
      const files = 'whole' in what ? [...what.items.values()].map((item) => item.path) : what.map((item) => item.path)
      const whole = chosen?.whole ?? null
      const named = new Set(files)
      const before = [jobListsKey, outputListsKey].flatMap((queryKey) => cache.getQueriesData({ queryKey }))
      if (!whole) {
        changeLists<JobPages>({ queryKey: jobListsKey }, (pages) => withMarks(pages, files, mark))
        changeDetails(cache, withFileMarks(files, mark))
      }
      changeLists<OutputPages>({ queryKey: outputListsKey }, (pages, key) => {
        if (!whole) return withOutputMarks(pages, named, mark)
        return hashKey([key[2]]) === hashKey([whole.filters]) ? withOutputMarks(pages, null, mark, whole.minus) : pages
      })
      try {
        const selection = chosen && selectionOf(chosen)
        if (selection?.type === 'inputs') return
        const send = () => setMarks(selection?.selection ?? { files }, mark)
        const { errors } = await (whole ? send() : ownMarks.send(files, mark, send))
        if (errors.length === 0 && !whole) return
        if (errors.length > 0) {
          // No news will come of what could not be marked.
          ownMarks.forget()
          notify.error(errors.slice(0, 3).join('\n'))
        }
      } catch (error) {
        // Nobody may be there to be asked what holds: it is shown as it was.
        for (const [key, pages] of before) cache.setQueryData(key, pages)
        notify.error(inWords(error))
      }
      void cache.invalidateQueries({ queryKey: jobListsKey })
      void cache.invalidateQueries({ queryKey: jobDetailsKey })
      void cache.invalidateQueries({ queryKey: outputListsKey })
    },
    [cache, changeLists, connection, ownMarks],
  )
}
