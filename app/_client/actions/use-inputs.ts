'use client'
/** @file Using files as inputs: results are copied into the library first, then a workflow is offered for them. */
import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useCallback } from 'react'
import { inWords } from '../api-error.ts'
import { count } from '../format/words.ts'
import type { MediaItem } from '../media-item.ts'
import { notify } from '../notify.ts'
import { assetListsKey } from '../queries/assets.ts'
import { copyToInputs } from './inputs.ts'

/** @returns makes inputs of files; never rejects */
export function useInputs() {
  const router = useRouter()
  const cache = useQueryClient()
  return useCallback(
    async (items: readonly MediaItem[]) => {
      const open = (name: string) => router.push(`/run?image=${encodeURIComponent(name)}`)
      const outputs = items.filter((item) => item.root === 'outputs').map((item) => item.path)
      if (outputs.length === 0 && items[0]) return open(items[0].path)
      try {
        const { uploaded, errors } = await copyToInputs(outputs)
        if (errors.length > 0) notify.error(errors.slice(0, 3).join('\n'))
        const [name] = uploaded
        if (name === undefined) return
        void cache.invalidateQueries({ queryKey: assetListsKey('inputs') })
        const words =
          uploaded.length === 1
            ? `${items[0]!.name} is an input now`
            : `${count(uploaded.length, 'file')} are inputs now`
        notify.success(words, { action: { label: 'Run a workflow', onClick: () => open(name) }, duration: 10_000 })
      } catch (error) {
        notify.error(inWords(error))
      }
    },
    [router, cache],
  )
}
