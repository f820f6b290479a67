'use client'
/** @file The upload tray: every file with its progress, speed and a way to stop or repeat it. Folds, is never lost. */
import { ChevronDown, ChevronUp, RotateCcw, X } from 'lucide-react'
import { useState } from 'react'
import { useStore } from 'zustand'
import { formatBytes, formatSpeed } from '../../_client/format/bytes.ts'
import { formatRoughly } from '../../_client/format/time.ts'
import { count, shortName } from '../../_client/format/words.ts'
import { useStudio } from '../../_client/studio.tsx'
import type { Upload, UploadQueue } from '../../_client/uploads/queue.ts'
import { IconButton } from '../ui/button.tsx'
import { ProgressBar } from '../ui/meter.tsx'

export function UploadTray() {
  const { uploads: queue } = useStudio()
  const uploads = useStore(queue.store, (state) => state.uploads)
  const [folded, setFolded] = useState(false)
  const open = uploads.filter((upload) => upload.state === 'waiting' || upload.state === 'sending')
  const counted = uploads.filter((upload) => upload.state !== 'cancelled' && upload.state !== 'failed')
  const sent = counted.reduce((sum, upload) => sum + upload.sent, 0)
  const total = counted.reduce((sum, upload) => sum + upload.file.size, 0)
  const speed = open.reduce((sum, upload) => sum + upload.speed, 0)
  const failed = uploads.filter((upload) => upload.state === 'failed').length
  const head =
    open.length > 0
      ? `Uploading ${count(open.length, 'file')}`
      : failed > 0
        ? `${count(failed, 'file')} not uploaded`
        : `${count(counted.length, 'file')} uploaded`

  return (
    <section
      aria-label="Uploads"
      className="fixed right-3 bottom-[calc(var(--foot)+0.75rem)] left-3 z-30 rounded-2xl border border-line bg-surface shadow-float md:right-auto md:left-[calc(var(--rail)+1rem)] md:w-96"
    >
      <div className="flex items-center gap-1 py-1.5 pr-1.5 pl-4">
        <div className="min-w-0 grow">
          <p className="truncate text-sm font-semibold" aria-live="polite">
            {head}
          </p>
          {open.length > 0 && (
            <p className="truncate text-xs text-muted tabular-nums">
              {formatBytes(sent)} of {formatBytes(total)}
              {speed > 0 && ` · ${formatSpeed(speed)} · ${formatRoughly((total - sent) / speed)} left`}
            </p>
          )}
        </div>
        <IconButton label={folded ? 'Show files' : 'Fold'} aria-expanded={!folded} onClick={() => setFolded(!folded)}>
          {folded ? <ChevronUp size={18} aria-hidden /> : <ChevronDown size={18} aria-hidden />}
        </IconButton>
        {open.length === 0 && (
          <IconButton label="Close" onClick={() => queue.clear()}>
            <X size={18} aria-hidden />
          </IconButton>
        )}
      </div>
      {open.length > 0 && (
        <div className="px-4 pb-2">
          <ProgressBar thin label="All uploads" value={total === 0 ? 0 : sent / total} />
        </div>
      )}
      {!folded && (
        <ul className="max-h-64 overflow-y-auto border-t border-line px-4 py-1">
          {uploads.map((upload) => (
            <UploadRow key={upload.id} upload={upload} queue={queue} />
          ))}
        </ul>
      )}
    </section>
  )
}

function UploadRow({ upload, queue }: { upload: Upload; queue: UploadQueue }) {
  const { state, file, sent } = upload
  const share = file.size === 0 ? 0 : sent / file.size
  const words: Record<Upload['state'], string> = {
    waiting: `${formatBytes(file.size)} · waiting`,
    sending: `${Math.floor(share * 100)} % of ${formatBytes(file.size)}${upload.speed > 0 ? ` · ${formatSpeed(upload.speed)}` : ''}`,
    done: `${formatBytes(file.size)} · added`,
    failed: upload.error ?? 'Failed',
    cancelled: 'Cancelled',
  }
  return (
    <li className="flex items-center gap-2 border-b border-line py-1.5 last:border-0">
      <div className="min-w-0 grow">
        <p className="truncate text-sm" title={file.name}>
          {shortName(file.name)}
        </p>
        <p className={`text-xs text-pretty tabular-nums ${state === 'failed' ? 'text-danger' : 'text-muted'}`}>
          {words[state]}
        </p>
        {state === 'sending' && <ProgressBar thin label={`Upload of ${file.name}`} value={share} />}
      </div>
      {(state === 'waiting' || state === 'sending') && (
        <IconButton label={`Cancel ${file.name}`} onClick={() => queue.cancel(upload.id)}>
          <X size={16} aria-hidden />
        </IconButton>
      )}
      {(state === 'failed' || state === 'cancelled') && (
        <IconButton label={`Try ${file.name} again`} onClick={() => queue.retry(upload.id)}>
          <RotateCcw size={16} aria-hidden />
        </IconButton>
      )}
    </li>
  )
}
