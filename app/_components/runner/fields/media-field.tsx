'use client'
/**
 * @file A picture or video: dropped on its tile, uploaded, or chosen by its thumbnail from the library, results included.
 * Where the form allows it, several can be chosen: a run each.
 */
import { Images, X } from 'lucide-react'
import { type DragEvent, useEffect, useEffectEvent, useState } from 'react'
import { useStore } from 'zustand'
import { mediaKindOfName } from '#contracts/media'
import { count, shortName } from '../../../_client/format/words.ts'
import { fromInputName } from '../../../_client/media-item.ts'
import { useStudio } from '../../../_client/studio.tsx'
import { droppedFiles } from '../../../_client/uploads/dropped.ts'
import { transferred } from '../../../_client/uploads/transferred.ts'
import { ChooseFiles } from '../../inputs/choose-files.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Thumbnail } from '../../ui/thumbnail.tsx'
import { Library } from './library.tsx'

interface MediaFieldProps {
  label: string
  media: 'image' | 'video'
  /** path as the engine reads it: of the library, or with ` [output]` behind it; '' for none */
  value: string
  onChange: (value: string) => void
  /** what is chosen beside `value` for runs of their own; absent where several make no sense */
  several?: readonly string[]
  onSeveral?: (values: readonly string[]) => void
}

export function MediaField({ label, media, value, onChange, several = [], onSeveral }: MediaFieldProps) {
  const { uploads } = useStudio()
  const [choosing, setChoosing] = useState(false)
  const [over, setOver] = useState(false)
  const placeUpload = usePlaceUploads(media, (paths) => {
    onSeveral?.(paths.length > 1 ? paths : [])
    onChange(paths[0]!)
  })
  const what = media === 'image' ? 'picture' : 'video'
  const item = fromInputName(value)
  const name = item?.name ?? value
  const isBatch = several.length > 1
  const onDrop = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return
    event.preventDefault()
    setOver(false)
    void droppedFiles(transferred(event.dataTransfer)).then((files) => {
      if (files.length > 0) void uploads.add(files).then(placeUpload)
    })
  }
  return (
    <div className="flex items-stretch gap-3">
      <button
        type="button"
        onClick={() => setChoosing(true)}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
        aria-label={value === '' ? `Choose a ${what} for ${label}` : `${label}: ${name}. Choose another`}
        className={`tile-ring relative size-28 shrink-0 overflow-hidden rounded-xl border bg-stage ${over ? 'border-2 border-accent' : 'border-line-strong'}`}
      >
        {item === null ? (
          <span className="grid size-full place-items-center text-muted">
            <Images size={24} aria-hidden />
          </span>
        ) : (
          <Thumbnail item={item} width={320} />
        )}
        {isBatch && (
          <span className="absolute top-1.5 left-1.5 rounded-md bg-scrim px-1.5 py-0.5 text-xs font-semibold text-on-scrim">
            {several.length} chosen
          </span>
        )}
      </button>
      <div className="flex min-w-0 flex-col justify-center gap-2">
        <p className="min-h-6 truncate text-sm" title={value}>
          {isBatch ? (
            `${count(several.length, what)}, a run each`
          ) : value === '' ? (
            <span className="text-muted">Drop a {what} on the tile, or</span>
          ) : (
            shortName(name, 30)
          )}
        </p>
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => setChoosing(true)}>Choose</Button>
          <ChooseFiles label="Upload" look="secondary" onAdded={placeUpload} />
          {isBatch && (
            <Button look="quiet" onClick={() => onSeveral?.([])}>
              <X size={16} aria-hidden />
              Only one
            </Button>
          )}
        </div>
      </div>
      <Dialog open={choosing} title={`Choose a ${what}`} onClose={() => setChoosing(false)}>
        <Library
          media={media}
          value={value}
          several={onSeveral ? several : null}
          onChoose={(path) => {
            onSeveral?.([])
            onChange(path)
            setChoosing(false)
          }}
          onChooseSeveral={(paths) => {
            onSeveral?.(paths.length > 1 ? paths : [])
            onChange(paths[0] ?? '')
            setChoosing(false)
          }}
        />
      </Dialog>
    </div>
  )
}

/** Puts uploads started here into the field, each as it comes through. */
function usePlaceUploads(media: 'image' | 'video', onStored: (paths: readonly string[]) => void) {
  const { uploads } = useStudio()
  const [awaited, setAwaited] = useState<readonly number[]>([])
  // As text, which is the same as long as nothing new came through.
  const stored = useStore(uploads.list, (state) =>
    JSON.stringify(
      state.uploads
        .filter(({ id, stored }) => awaited.includes(id) && mediaKindOfName(stored ?? '') === media)
        .map((upload) => upload.stored),
    ),
  )
  const place = useEffectEvent(onStored)
  useEffect(() => {
    const paths: string[] = JSON.parse(stored)
    if (paths.length > 0) place(paths)
  }, [stored])
  return (ids: number[]) => setAwaited(ids)
}
