'use client'
/**
 * @file A model that is not on this pod: what it is, how large, its licence and where it belongs, with a download where the pod
 * may fetch it, and the ways by hand.
 */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import type { ReactNode } from 'react'
import type { MissingModel as Model, ModelList } from '#contracts/models'
import { downloadModel } from '../../_client/actions/models.ts'
import { inWords } from '../../_client/api-error.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { offeredHost } from '../../_client/model-source.ts'
import { notify } from '../../_client/notify.ts'
import { modelsQuery } from '../../_client/queries/models.ts'
import { Button } from '../ui/button.tsx'
import { DownloadRow } from './download-row.tsx'
import { UploadModel } from './upload-model.tsx'

interface MissingModelProps {
  model: Omit<Model, 'used_by'>
  list: ModelList | undefined
  /** is given the name of a file that was uploaded in its place; absent: it must have the missing one's name */
  onUploaded?: ((file: string) => void) | undefined
  /** of the download; it is the main thing to do where something waits for it */
  look?: 'primary' | 'secondary'
  children?: ReactNode
}

export function MissingModel({ model, list, onUploaded, look = 'secondary', children }: MissingModelProps) {
  const cache = useQueryClient()
  const { folder, file, url, sha256, size, license, how_to_get } = model
  const host = offeredHost(url, list?.hosts ?? [])
  const download = list?.downloads.find((one) => one.folder === folder && one.file === file)
  const isUnderWay = download?.state === 'running' || download?.state === 'paused'
  const start = useMutation({
    mutationFn: downloadModel,
    onError: (error) => notify.error(inWords(error)),
    onSettled: () => void cache.invalidateQueries({ queryKey: modelsQuery.queryKey }),
  })
  const facts = [size !== null && formatBytes(size), license !== null && `Licence: ${license}`].filter(Boolean)
  return (
    <>
      <p className="font-medium break-all">{file}</p>
      {facts.length > 0 && <p className="text-muted">{facts.join(' · ')}</p>}
      <p className="mt-1 text-pretty text-muted">
        {how_to_get} It belongs in <code className="font-mono text-xs text-ink">models/{folder}</code>. {children}
      </p>
      {host !== null && sha256 === null && (
        <p className="mt-1 text-pretty text-muted">No SHA-256 is known for it, so the file cannot be compared.</p>
      )}
      {download && <DownloadRow download={download} />}
      {host !== null && !isUnderWay && (
        <Button
          needsPod
          look={look}
          className="mt-3 max-sm:w-full"
          busy={start.isPending}
          onClick={() => start.mutate({ url: url!, folder, filename: file, ...(sha256 === null ? {} : { sha256 }) })}
        >
          <Download size={16} aria-hidden />
          {download?.state === 'failed' ? 'Try the download again' : 'Download'}
          {size !== null && ` (${formatBytes(size)})`}
        </Button>
      )}
      {list && !isUnderWay && (
        <details className="mt-2" open={download?.state === 'failed' || host === null || undefined}>
          <summary className="w-fit rounded-md py-1.5 text-muted hover:text-ink">
            {host === null ? 'How to get it here' : 'Put it here by hand'}
          </summary>
          <div className="mt-1 flex flex-col gap-2 text-pretty">
            {url !== null && (
              <p>
                Get it on your computer{host === null && ', as the pod may not fetch from there'}:{' '}
                <a href={url} rel="noreferrer" target="_blank" className="break-all underline">
                  {url}
                </a>
              </p>
            )}
            <UploadModel folder={folder} as={onUploaded ? undefined : file} onUploaded={onUploaded} />
            <p>
              Or copy it to the pod by any way, such as{' '}
              <code className="font-mono text-xs break-all">
                scp {file} your-pod:STUDIO_DIR/models/{folder}/
              </code>
              . This page notices when it is there.
            </p>
          </div>
        </details>
      )}
    </>
  )
}
