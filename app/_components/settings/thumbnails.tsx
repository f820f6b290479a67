'use client'
/** @file The small pictures that the studio keeps of every file: how much they take, and having them made anew. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { freeStorage } from '../../_client/actions/pod.ts'
import { inWords } from '../../_client/api-error.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { notify } from '../../_client/notify.ts'
import { systemQuery } from '../../_client/queries/system.ts'
import { Button } from '../ui/button.tsx'
import { Setting } from './setting.tsx'

export function Thumbnails() {
  const cache = useQueryClient()
  const bytes = useQuery(systemQuery).data?.disk.used_by.cache
  const clear = useMutation({
    mutationFn: () => freeStorage({ suggestions: ['thumbnails'], for_good: true }),
    onSuccess: ({ freed }) =>
      notify.success(`${formatBytes(freed)} of thumbnails go, and are made anew when looked at`),
    onError: (error) => notify.error(inWords(error)),
    onSettled: () => {
      for (const queryKey of [systemQuery.queryKey, ['storage']]) void cache.invalidateQueries({ queryKey })
    },
  })
  const size = bytes === undefined ? '' : `They take ${formatBytes(bytes)} on the pod. `
  return (
    <Setting name="Thumbnails" about={`${size}Each is made anew when it is next looked at.`}>
      <Button needsPod busy={clear.isPending} disabled={bytes === 0} onClick={() => clear.mutate()}>
        Make them anew
      </Button>
    </Setting>
  )
}
