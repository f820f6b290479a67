'use client'
/** @file The model files of the pod by folder, what workflows miss, and the ways one gets in or goes. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Box, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { ModelFile } from '#contracts/models'
import { deleteModel } from '../../_client/actions/models.ts'
import { inWords } from '../../_client/api-error.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { formatAgo } from '../../_client/format/time.ts'
import { count, shortName } from '../../_client/format/words.ts'
import { notify } from '../../_client/notify.ts'
import { modelsQuery } from '../../_client/queries/models.ts'
import { useNow } from '../../_client/use-now.ts'
import { IconButton } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { inputClass } from '../ui/field.tsx'
import { Empty, Failure } from '../ui/notice.tsx'
import { Column, PageHead, Panel } from '../ui/page.tsx'
import { AddModel } from './add-model.tsx'
import { DownloadRow } from './download-row.tsx'
import { MissingModels } from './missing-models.tsx'

export function ModelsPage() {
  const cache = useQueryClient()
  const list = useQuery(modelsQuery)
  const [text, setText] = useState('')
  const [doomed, setDoomed] = useState<ModelFile | null>(null)
  const remove = useMutation({
    mutationFn: ({ folder, file }: ModelFile) => deleteModel(folder, file),
    onSuccess: ({ freed }) => notify.success(`${formatBytes(freed)} freed`),
    onError: (error) => notify.error(inWords(error)),
    onSettled: () => void cache.invalidateQueries({ queryKey: modelsQuery.queryKey }),
  })
  if (list.isError && list.data === undefined) {
    return <Failure error={list.error} onRetry={() => void list.refetch()} />
  }
  const models = list.data?.models ?? []
  const missing = list.data?.missing ?? []
  const found = models.filter(({ folder, file }) => `${folder}/${file}`.toLowerCase().includes(text.toLowerCase()))
  const folders = [...new Set(found.map(({ folder }) => folder))]
  const total = models.reduce((sum, { size }) => sum + size, 0)
  const isMissing = (file: string, folder: string) => missing.some((one) => one.file === file && one.folder === folder)
  // Those of missing models stand with them.
  const underWay = (list.data?.downloads ?? []).filter(
    ({ state, file, folder }) => (state === 'running' || state === 'paused') && !isMissing(file, folder),
  )
  return (
    <Column>
      <PageHead
        title="Models"
        about={
          list.data === undefined
            ? 'Loading…'
            : [
                `${count(models.length, 'file')}, ${formatBytes(total)}`,
                missing.length > 0 && `${missing.length} missing`,
                !list.data.complete && 'more than are listed',
              ]
                .filter(Boolean)
                .join(' · ')
        }
        actions={list.data && <AddModel hosts={list.data.hosts} folders={folders} />}
      />
      <div className="flex flex-col gap-4">
        {missing.length > 0 && (
          <Panel>
            <MissingModels />
          </Panel>
        )}
        {underWay.map((download) => (
          <Panel key={download.id} className="p-5 text-sm">
            <p className="font-medium">{download.file}</p>
            <DownloadRow download={download} />
          </Panel>
        ))}
        <input
          type="search"
          data-search
          aria-label="Search models"
          placeholder="Search models"
          value={text}
          onChange={(event) => setText(event.target.value)}
          className={`${inputClass} md:max-w-80`}
        />
        {list.isSuccess && models.length === 0 && (
          <Empty icon={<Box size={26} />} title="No models found">
            Upload one, or have the pod download it.
          </Empty>
        )}
        {models.length > 0 && found.length === 0 && <p className="text-sm text-muted">No model is called “{text}”.</p>}
        {folders.map((folder) => (
          <Panel key={folder}>
            <h2 className="px-5 pt-4 pb-1 text-base font-semibold">{folder}</h2>
            <ul>
              {found
                .filter((model) => model.folder === folder)
                .map((model) => (
                  <Model key={model.file} model={model} onDelete={() => setDoomed(model)} />
                ))}
            </ul>
          </Panel>
        ))}
      </div>
      <Confirm
        open={doomed !== null}
        title="Delete this model for good?"
        action={`Delete, free ${formatBytes(doomed?.size ?? 0)}`}
        onConfirm={() => doomed && remove.mutate(doomed)}
        onClose={() => setDoomed(null)}
      >
        {doomed && (
          <>
            <span className="break-words">{doomed.file}</span>
            {doomed.used_by.length > 0 && ` is used by ${doomed.used_by.map(({ name }) => name).join(', ')}`}. It does
            not go to the trash.
          </>
        )}
      </Confirm>
    </Column>
  )
}

function Model({ model, onDelete }: { model: ModelFile; onDelete: () => void }) {
  const now = useNow(60_000)
  const { file, size, modified, shipped, sha256, refused, used_by, last_used } = model
  return (
    <li className="flex items-center gap-3 border-b border-line px-5 py-2.5 text-sm last:border-0">
      <div className="min-w-0 grow">
        <p className="truncate font-medium" title={file}>
          {shortName(file, 56)}
        </p>
        <p className="text-xs text-pretty text-muted tabular-nums">
          {[
            formatBytes(size),
            shipped ? 'comes with the studio' : now > 0 && formatAgo(modified, now),
            used_by.length > 0 && `used by ${used_by.map(({ name }) => name).join(', ')}`,
            last_used !== null && now > 0 && `last used ${formatAgo(last_used, now)}`,
            sha256 !== null && `SHA-256 ${sha256.slice(0, 12)}…`,
          ]
            .filter(Boolean)
            .join(' · ')}
        </p>
        {refused && <p className="text-xs text-danger">Not read by the engine: {refused}</p>}
      </div>
      {!shipped && (
        <IconButton needsPod label={`Delete ${file}`} onClick={onDelete}>
          <Trash2 size={18} aria-hidden />
        </IconButton>
      )}
    </li>
  )
}
