'use client'
/** @file One download as it stands: how far, paused, gone on with, given up, or failed in words. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ModelDownload } from '#contracts/models'
import { steerDownload } from '../../_client/actions/models.ts'
import { inWords } from '../../_client/api-error.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { notify } from '../../_client/notify.ts'
import { modelsQuery } from '../../_client/queries/models.ts'
import { Button } from '../ui/button.tsx'
import { ProgressBar } from '../ui/meter.tsx'

export function DownloadRow({ download }: { download: ModelDownload }) {
  const cache = useQueryClient()
  const steer = useMutation({
    mutationFn: (verb: 'pause' | 'resume' | 'cancel') => steerDownload(download.id, verb),
    onError: (error) => notify.error(inWords(error)),
    onSettled: () => void cache.invalidateQueries({ queryKey: modelsQuery.queryKey }),
  })
  const { file, state, received, total, error, host } = download
  if (state === 'failed') {
    return (
      <p role="status" className="mt-2 text-danger">
        The download failed. {error}.
      </p>
    )
  }
  if (state !== 'running' && state !== 'paused') return null
  const isPaused = state === 'paused'
  return (
    <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-2">
      <div className="grow basis-48">
        <ProgressBar
          label={`Download of ${file}`}
          value={total ? received / total : 0}
          tone={isPaused ? 'warn' : 'accent'}
        />
        <p className="mt-1 text-xs text-muted tabular-nums">
          {isPaused && 'Paused at '}
          {formatBytes(received)} of {total === null ? 'an unknown size' : formatBytes(total)} from {host}
        </p>
        {error !== null && <p className="mt-1 text-xs text-danger">{error}. What came is kept.</p>}
      </div>
      <div className="flex gap-2">
        <Button needsPod busy={steer.isPending} onClick={() => steer.mutate(isPaused ? 'resume' : 'pause')}>
          {isPaused ? 'Go on' : 'Pause'}
        </Button>
        <Button look="quiet" needsPod busy={steer.isPending} onClick={() => steer.mutate('cancel')}>
          Cancel
        </Button>
      </div>
    </div>
  )
}
