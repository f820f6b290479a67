'use client'
/** @file Star and reject: shown at once, sent behind; a refusal takes it back and says why. */
import { useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { Mark } from '#contracts/vocabulary'
import { inWords } from '../api-error.ts'
import { type JobPages, withMarks } from '../live/apply.ts'
import type { MediaItem } from '../media-item.ts'
import { notify } from '../notify.ts'
import { jobListsKey } from '../queries/jobs.ts'
import { setMarks } from './selection.ts'

/** @returns marks outputs, or with null takes their mark away; resolves when the server has it, never rejects */
export function useMark() {
  const cache = useQueryClient()
  return useCallback(
    async (items: readonly Pick<MediaItem, 'path'>[], mark: Mark | null) => {
      const files = items.map((item) => item.path)
      for (const [key, pages] of cache.getQueriesData<JobPages>({ queryKey: jobListsKey })) {
        if (pages) cache.setQueryData(key, withMarks(pages, files, mark))
      }
      try {
        const { errors } = await setMarks({ files }, mark)
        if (errors.length === 0) return
        notify.error(errors.slice(0, 3).join('\n'))
      } catch (error) {
        notify.error(inWords(error))
      }
      void cache.invalidateQueries({ queryKey: jobListsKey })
    },
    [cache],
  )
}
