'use client'
/** @file The upload tray: the total on top, every file below. Folds, stays over all pages, and is closed only by its button. */
import { ChevronDown, ChevronUp, Pause, Play, X } from 'lucide-react'
import { use, useState } from 'react'
import { useStore } from 'zustand'
import { formatBytes, formatSpeed } from '../../_client/format/bytes.ts'
import { formatRoughly } from '../../_client/format/time.ts'
import { count } from '../../_client/format/words.ts'
import { useStudio } from '../../_client/studio.tsx'
import { isCounted, isOpen, isRunning, shareOf, type Upload } from '../../_client/uploads/upload.ts'
import { IconButton } from '../ui/button.tsx'
import { ProgressBar } from '../ui/meter.tsx'
import { UploadRow } from './upload-row.tsx'

export function UploadTray() {
  const { list, queue: load } = useStudio().uploads
  const uploads = useStore(list, (state) => state.uploads)
  // Whatever is in the list came through the queue, so it is there.
  const queue = use(load())
  const [folded, setFolded] = useState(false)
  const open = uploads.filter(isOpen)
  const counted = uploads.filter(isCounted)
  const sent = sum(counted, (upload) => upload.sent)
  const size = sum(counted, (upload) => upload.size)
  const speed = sum(open, (upload) => upload.speed)
  const share = shareOf({ sent, size })
  const head = headOf(uploads)

  return (
    <section
      aria-label="Uploads"
      className="fixed right-3 bottom-[calc(var(--foot)+0.75rem)] left-3 z-30 rounded-2xl border border-line bg-surface shadow-float md:right-auto md:left-[calc(var(--rail)+1rem)] md:w-[26rem]"
    >
      <div className="flex items-center py-1.5 pr-1.5 pl-4">
        <div className="min-w-0 grow">
          <p className="text-sm font-semibold text-pretty">{head}</p>
          {open.length > 0 && (
            <p className="text-xs text-pretty text-muted tabular-nums">
              {Math.floor(share * 100)} % of {formatBytes(size)}
              {speed > 0 && ` · ${formatSpeed(speed)} · ${formatRoughly((size - sent) / speed)} left`}
            </p>
          )}
        </div>
        {uploads.some(isRunning) ? (
          <IconButton label="Pause all" onClick={queue.pauseAll}>
            <Pause size={18} aria-hidden />
          </IconButton>
        ) : (
          uploads.some(({ state }) => state === 'paused') && (
            <IconButton label="Go on with all" onClick={queue.resumeAll}>
              <Play size={18} aria-hidden />
            </IconButton>
          )
        )}
        <IconButton label={folded ? 'Show files' : 'Fold'} aria-expanded={!folded} onClick={() => setFolded(!folded)}>
          {folded ? <ChevronUp size={18} aria-hidden /> : <ChevronDown size={18} aria-hidden />}
        </IconButton>
        {open.length > 0 ? (
          <IconButton label="Cancel all" onClick={queue.cancelAll}>
            <X size={18} aria-hidden />
          </IconButton>
        ) : (
          <IconButton label="Close" onClick={queue.clear}>
            <X size={18} aria-hidden />
          </IconButton>
        )}
      </div>
      {open.length > 0 && (
        <div className="px-4 pb-2">
          <ProgressBar thin label="All uploads" value={share} />
        </div>
      )}
      {/* In quarters, as a screen reader that says every per cent says nothing else. */}
      <p aria-live="polite" className="sr-only">
        {uploads.some(isRunning) && !head.includes('lost') ? `Uploads at ${Math.floor(share * 4) * 25} per cent` : head}
      </p>
      {!folded && (
        <ul className="max-h-[min(20rem,40dvh)] overflow-y-auto border-t border-line px-4 py-1">
          {uploads.map((upload) => (
            <UploadRow key={upload.id} upload={upload} queue={queue} />
          ))}
        </ul>
      )}
    </section>
  )
}

const sum = (uploads: readonly Upload[], of: (upload: Upload) => number) =>
  uploads.reduce((total, upload) => total + of(upload), 0)

/** The whole in a few words; what needs somebody comes first. */
function headOf(uploads: readonly Upload[]): string {
  const number = (...states: Upload['state'][]) => uploads.filter(({ state }) => states.includes(state)).length
  const running = number('waiting', 'sending', 'cut')
  if (running > 0) {
    const lost = number('cut') > 0 && number('sending') === 0
    return lost ? `${count(running, 'file')} paused, connection lost` : `Uploading ${count(running, 'file')}`
  }
  if (number('paused') > 0) return `${count(number('paused'), 'file')} paused`
  if (number('unfinished') > 0) return count(number('unfinished'), 'unfinished upload')
  if (number('failed', 'refused') > 0) return `${count(number('failed', 'refused'), 'file')} not uploaded`
  return number('done') > 0 ? `${count(number('done'), 'file')} uploaded` : 'Uploads cancelled'
}
