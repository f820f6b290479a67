'use client'
/** @file Models that are needed and not on this pod: where each belongs, and a download where its address is known. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import type { MissingModel, ModelDownload } from '#contracts/models'
import { cancelDownload, downloadModel } from '../../_client/actions/models.ts'
import { inWords } from '../../_client/api-error.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { notify } from '../../_client/notify.ts'
import { modelsQuery } from '../../_client/queries/models.ts'
import { Button } from '../ui/button.tsx'
import { ProgressBar } from '../ui/meter.tsx'

/** @param workflow - only what this workflow misses; absent: everything missing */
export function MissingModels({ workflow }: { workflow?: string }) {
  const list = useQuery(modelsQuery).data
  const missing = (list?.missing ?? []).filter(
    (model) => workflow === undefined || model.used_by.some(({ id }) => id === workflow),
  )
  if (missing.length === 0) return null
  return (
    <ul aria-label="Missing models">
      {missing.map((model) => (
        <Missing
          key={`${model.folder}/${model.file}`}
          model={model}
          download={list?.downloads.find(
            ({ folder, file, state }) => folder === model.folder && file === model.file && state !== 'done',
          )}
        />
      ))}
    </ul>
  )
}

function Missing({ model, download }: { model: MissingModel; download: ModelDownload | undefined }) {
  const cache = useQueryClient()
  const { folder, file, url, sha256, how_to_get } = model
  const start = useMutation({
    mutationFn: downloadModel,
    onError: (error) => notify.error(inWords(error)),
    onSettled: () => void cache.invalidateQueries({ queryKey: modelsQuery.queryKey }),
  })
  return (
    <li className="flex flex-wrap items-center gap-3 border-b border-line px-5 py-3 text-sm last:border-0">
      <div className="min-w-0 grow basis-64">
        <p className="font-medium break-words">
          <span className="text-warn">Missing: </span>
          {file}
        </p>
        <p className="break-words text-muted">
          Put it at{' '}
          <code className="font-mono text-xs">
            models/{folder}/{file}
          </code>
          . Needed by {model.used_by.map(({ name }) => name).join(', ')}. {how_to_get}
        </p>
        {download && <DownloadRow download={download} />}
      </div>
      {url !== null && download?.state !== 'running' && (
        <Button
          busy={start.isPending}
          onClick={() => start.mutate({ url, folder, filename: file, ...(sha256 === null ? {} : { sha256 }) })}
        >
          <Download size={16} aria-hidden />
          Download
        </Button>
      )}
    </li>
  )
}

export function DownloadRow({ download }: { download: ModelDownload }) {
  const cache = useQueryClient()
  const cancel = useMutation({
    mutationFn: cancelDownload,
    onError: (error) => notify.error(inWords(error)),
    onSettled: () => void cache.invalidateQueries({ queryKey: modelsQuery.queryKey }),
  })
  const { id, file, state, received, total, error, host } = download
  if (state === 'failed') return <p className="mt-1 text-danger">Download failed: {error}</p>
  if (state !== 'running') return null
  return (
    <div className="mt-2 flex items-center gap-3">
      <div className="grow">
        <ProgressBar label={`Download of ${file}`} value={total ? received / total : 0} />
        <p className="mt-1 text-xs text-muted tabular-nums">
          {formatBytes(received)} of {total === null ? 'an unknown size' : formatBytes(total)} from {host}
        </p>
      </div>
      <Button busy={cancel.isPending} onClick={() => cancel.mutate(id)}>
        Cancel
      </Button>
    </div>
  )
}
