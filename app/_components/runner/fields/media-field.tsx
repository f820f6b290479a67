'use client'
/** @file Choosing a picture or video from the library, by its thumbnail; a new one is uploaded and placed by itself. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Images, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { givenName, shortName } from '../../../_client/format/words.ts'
import { fromAssetFile, itemKey, itemLabel, type MediaItem } from '../../../_client/media-item.ts'
import { assetsQuery } from '../../../_client/queries/assets.ts'
import { useStudio } from '../../../_client/studio.tsx'
import { ChooseFiles } from '../../inputs/choose-files.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { inputClass } from '../../ui/field.tsx'
import { Thumbnail } from '../../ui/thumbnail.tsx'

interface MediaFieldProps {
  label: string
  media: 'image' | 'video'
  /** path in the library, '' for none */
  value: string
  onChange: (value: string) => void
}

export function MediaField({ label, media, value, onChange }: MediaFieldProps) {
  const [choosing, setChoosing] = useState(false)
  const placeUpload = usePlaceUpload(onChange)
  const what = media === 'image' ? 'picture' : 'video'
  return (
    <div className="flex items-stretch gap-3">
      <button
        type="button"
        onClick={() => setChoosing(true)}
        aria-label={value === '' ? `Choose a ${what} for ${label}` : `${label}: ${givenName(value)}. Choose another`}
        className="tile-ring size-28 shrink-0 overflow-hidden rounded-xl border border-line-strong bg-stage"
      >
        {value === '' ? (
          <span className="grid size-full place-items-center text-muted">
            <Images size={24} aria-hidden />
          </span>
        ) : (
          <Thumbnail item={chosenItem(value, media)} width={320} />
        )}
      </button>
      <div className="flex min-w-0 flex-col justify-center gap-2">
        <p className="flex min-h-6 min-w-0 items-center gap-1 text-sm">
          <span className={`truncate ${value === '' ? 'text-muted' : ''}`} title={value}>
            {value === '' ? `No ${what} chosen` : shortName(givenName(value), 30)}
          </span>
        </p>
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => setChoosing(true)}>Choose</Button>
          <ChooseFiles label="Upload" look="secondary" onAdded={placeUpload} />
        </div>
      </div>
      <Dialog open={choosing} title={`Choose a ${what}`} onClose={() => setChoosing(false)}>
        <Library
          media={media}
          value={value}
          onChoose={(path) => {
            onChange(path)
            setChoosing(false)
          }}
        />
      </Dialog>
    </div>
  )
}

/** The library entry of a chosen path; the listing has the exact version, a thumbnail by path alone is fresh enough. */
const chosenItem = (path: string, media: 'image' | 'video'): MediaItem => ({
  key: itemKey('inputs', path),
  root: 'inputs',
  path,
  name: givenName(path),
  media,
  kind: null,
  job: null,
  size: null,
  version: '',
  modified: null,
  width: null,
  height: null,
  duration: null,
})

/** Puts an upload started here into the field once it is through. */
function usePlaceUpload(onChange: (value: string) => void) {
  const { uploads } = useStudio()
  const [awaited, setAwaited] = useState<number | null>(null)
  const stored = useStore(
    uploads.store,
    (state) => state.uploads.find((upload) => upload.id === awaited)?.stored ?? null,
  )
  useEffect(() => {
    if (stored === null) return
    setAwaited(null)
    onChange(stored)
  }, [stored, onChange])
  return (ids: number[]) => setAwaited(ids[0] ?? null)
}

interface LibraryProps {
  media: 'image' | 'video'
  value: string
  onChoose: (path: string) => void
}

function Library({ media, value, onChoose }: LibraryProps) {
  const [q, setQ] = useState('')
  const listing = useInfiniteQuery(assetsQuery('inputs', { q, kind: media }))
  const items = listing.data?.pages.flatMap((page) => page.files.map((file) => fromAssetFile('inputs', file))) ?? []
  return (
    <>
      <div className="relative mb-3">
        <input
          type="search"
          aria-label="Search inputs"
          placeholder="Search inputs"
          value={q}
          onChange={(event) => setQ(event.target.value)}
          className={`${inputClass} [&::-webkit-search-cancel-button]:hidden`}
        />
        {q !== '' && (
          <IconButton label="Clear search" className="absolute top-0 right-0" onClick={() => setQ('')}>
            <X size={16} aria-hidden />
          </IconButton>
        )}
      </div>
      {items.length === 0 && !listing.isPending && (
        <p className="py-8 text-center text-sm text-muted">
          {q === '' ? 'Nothing uploaded yet. Drop files anywhere.' : `Nothing matches “${q}”.`}
        </p>
      )}
      <ul className="grid max-h-[50dvh] grid-cols-3 gap-2 overflow-y-auto p-1">
        {items.map((item) => (
          <li key={item.key}>
            <button
              type="button"
              aria-label={itemLabel(item)}
              aria-pressed={item.path === value}
              title={item.name}
              onClick={() => onChoose(item.path)}
              className={`tile-ring block aspect-square w-full overflow-hidden rounded-lg ${item.path === value ? 'ring-[3px] ring-accent' : ''}`}
            >
              <Thumbnail item={item} width={320} />
            </button>
          </li>
        ))}
      </ul>
      {listing.hasNextPage && (
        <Button className="mt-3 w-full" busy={listing.isFetchingNextPage} onClick={() => void listing.fetchNextPage()}>
          Show more
        </Button>
      )}
    </>
  )
}
