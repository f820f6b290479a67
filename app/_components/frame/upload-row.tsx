'use client'
/** @file One file in the upload tray: how far, how fast, why not, and what can be done about it. */
import { FolderOpen, Pause, Play, RotateCcw, X } from 'lucide-react'
import { useRef } from 'react'
import { formatBytes, formatSpeed } from '../../_client/format/bytes.ts'
import { formatRoughly } from '../../_client/format/time.ts'
import type { UploadQueue } from '../../_client/uploads/queue.ts'
import { isOpen, isRunning, shareOf, type Upload } from '../../_client/uploads/upload.ts'
import { IconButton } from '../ui/button.tsx'
import { ProgressBar } from '../ui/meter.tsx'

/** The end of a name stays, with the number and the extension; the middle gives way. */
const tailLength = 12

interface UploadRowProps {
  upload: Upload
  queue: UploadQueue
}

export function UploadRow({ upload, queue }: UploadRowProps) {
  const { id, state, name, sent } = upload
  const bad = state === 'failed' || state === 'refused'
  return (
    <li className="flex items-center border-b border-line py-1.5 last:border-0">
      <div className="min-w-0 grow pr-2">
        <p className="flex text-sm" title={name}>
          <span className="truncate">{name.slice(0, -tailLength)}</span>
          <span className="shrink-0 whitespace-pre">{name.slice(-tailLength)}</span>
        </p>
        <p
          className={`text-xs text-pretty tabular-nums ${bad ? 'text-danger' : state === 'cut' ? 'text-warn' : 'text-muted'}`}
        >
          {wordsFor(upload)}
        </p>
        {isOpen(upload) && (sent > 0 || state === 'sending') && (
          <div className="pt-1">
            <ProgressBar
              thin
              label={`Upload of ${name}`}
              value={shareOf(upload)}
              tone={state === 'cut' ? 'warn' : 'accent'}
            />
          </div>
        )}
      </div>
      {state === 'cut' && (
        <IconButton label={`Retry ${name} now`} onClick={queue.wake}>
          <RotateCcw size={16} aria-hidden />
        </IconButton>
      )}
      {isRunning(upload) && (
        <IconButton label={`Pause ${name}`} onClick={() => queue.pause(id)}>
          <Pause size={16} aria-hidden />
        </IconButton>
      )}
      {state === 'paused' && (
        <IconButton label={`Go on with ${name}`} onClick={() => queue.resume(id)}>
          <Play size={16} aria-hidden />
        </IconButton>
      )}
      {state === 'unfinished' && <ChooseAgain upload={upload} queue={queue} />}
      {(state === 'failed' || state === 'cancelled') && upload.file !== null && (
        <IconButton label={`Try ${name} again`} onClick={() => queue.resume(id)}>
          <RotateCcw size={16} aria-hidden />
        </IconButton>
      )}
      {isOpen(upload) && (
        <IconButton label={`Cancel ${name}`} onClick={() => queue.cancel(id)}>
          <X size={16} aria-hidden />
        </IconButton>
      )}
    </li>
  )
}

/** No page may open a file by itself after a reload: the person chooses it again, and it goes on where it was. */
function ChooseAgain({ upload, queue }: UploadRowProps) {
  const field = useRef<HTMLInputElement>(null)
  return (
    <>
      <IconButton label={`Choose ${upload.name} again`} onClick={() => field.current?.click()}>
        <FolderOpen size={16} aria-hidden />
      </IconButton>
      <input
        ref={field}
        type="file"
        hidden
        aria-label={`${upload.name}, the same file`}
        onChange={(event) => {
          const file = event.target.files?.[0]
          event.target.value = ''
          if (file !== undefined) queue.provide(upload.id, file)
        }}
      />
    </>
  )
}

function wordsFor(upload: Upload): string {
  const { state, size, speed, sent, error, file } = upload
  const percent = `${Math.floor(shareOf(upload) * 100)} %`
  switch (state) {
    case 'waiting':
      return sent > 0 ? `${percent} of ${formatBytes(size)} · waiting` : `${formatBytes(size)} · waiting`
    case 'sending': {
      const pace = speed > 0 ? ` · ${formatSpeed(speed)} · ${formatRoughly((size - sent) / speed)} left` : ''
      return `${percent} of ${formatBytes(size)}${pace}`
    }
    case 'cut':
      return `Paused at ${percent}, ${error}`
    case 'paused':
      return `Paused at ${percent} of ${formatBytes(size)}`
    case 'unfinished':
      return `${error ?? ''} ${percent} of ${formatBytes(size)} is on the pod. Choose the same file again to go on.`.trim()
    case 'done':
      return `${formatBytes(size)} · added`
    case 'failed':
    case 'refused':
      return error ?? 'Not uploaded.'
    case 'cancelled':
      return file === null ? 'Cancelled, removed from the pod' : 'Cancelled'
  }
}
