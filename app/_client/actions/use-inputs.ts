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
import { runOn } from '../run-address.ts'
import { copyToInputs } from './inputs.ts'

/** @returns makes inputs of files; never rejects */
export function useInputs() {
  const router = useRouter()
  const cache = useQueryClient()
  return useCallback(
    async (items: readonly MediaItem[]) => {
      const pathsOf = (root: MediaItem['root']) => items.filter((item) => item.root === root).map(({ path }) => path)
      const open = (files: readonly string[]) => {
        const { href, taken } = runOn(files)
        if (taken < files.length) notify.warning(`Only the first ${taken} of ${count(files.length, 'file')} are taken`)
        router.push(href)
      }
      const [inputs, outputs] = [pathsOf('inputs'), pathsOf('outputs')]
      if (outputs.length === 0) {
        if (inputs.length > 0) open(inputs)
        return
      }
      try {
        const { uploaded, errors } = await copyToInputs(outputs)
        if (errors.length > 0) notify.error(errors.slice(0, 3).join('\n'))
        if (uploaded.length === 0) return
        void cache.invalidateQueries({ queryKey: assetListsKey('inputs') })
        const files = [...inputs, ...uploaded]
        const words =
          files.length === 1 ? `${items[0]!.name} is an input now` : `${count(files.length, 'file')} are inputs now`
        notify.success(words, { action: { label: 'Run a workflow', onClick: () => open(files) }, duration: 10_000 })
      } catch (error) {
        notify.error(inWords(error))
      }
    },
    [router, cache],
  )
}
