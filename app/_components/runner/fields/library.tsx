'use client'
/** @file The library in a dialog: uploads, or what jobs made, as thumbnails with a search; one is chosen, or several. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Check, X } from 'lucide-react'
import { useState } from 'react'
import { count } from '../../../_client/format/words.ts'
import { fromInputFile, itemLabel, itemsOfJob, type MediaItem } from '../../../_client/media-item.ts'
import { inputsQuery } from '../../../_client/queries/assets.ts'
import { jobsQuery } from '../../../_client/queries/jobs.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { inputClass } from '../../ui/field.tsx'
import { Thumbnail } from '../../ui/thumbnail.tsx'

interface LibraryProps {
  media: 'image' | 'video'
  value: string
  /** chosen for runs of their own; null where only one can be chosen */
  several: readonly string[] | null
  onChoose: (path: string) => void
  onChooseSeveral: (paths: readonly string[]) => void
}

export function Library({ media, value, several, onChoose, onChooseSeveral }: LibraryProps) {
  const [root, setRoot] = useState<'inputs' | 'outputs'>(value.endsWith(' [output]') ? 'outputs' : 'inputs')
  const [q, setQ] = useState('')
  const [picked, setPicked] = useState<readonly string[] | null>(
    several !== null && several.length > 1 ? several : null,
  )
  const { items, query } = useItems(root, media, q)
  const choose = (path: string) => {
    if (picked === null) onChoose(path)
    else setPicked(picked.includes(path) ? picked.filter((each) => each !== path) : [...picked, path])
  }
  return (
    <>
      <div className="mb-3 flex flex-wrap gap-2">
        {(['inputs', 'outputs'] as const).map((name) => (
          <Button
            key={name}
            look={root === name ? 'secondary' : 'quiet'}
            aria-pressed={root === name}
            onClick={() => setRoot(name)}
          >
            {name === 'inputs' ? 'Uploads' : 'Results'}
          </Button>
        ))}
        {several !== null && (
          <Button
            look={picked === null ? 'quiet' : 'secondary'}
            aria-pressed={picked !== null}
            className="ml-auto"
            onClick={() => setPicked(picked === null ? (value === '' ? [] : [value]) : null)}
          >
            Several
          </Button>
        )}
      </div>
      <div className="relative mb-3">
        <input
          type="search"
          aria-label="Search the library"
          placeholder={root === 'inputs' ? 'Search uploads' : 'Search results by prompt or workflow'}
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
      {items.length === 0 && !query.isPending && (
        <p className="py-8 text-center text-sm text-muted">
          {q !== '' ? `Nothing matches “${q}”.` : root === 'inputs' ? 'Nothing uploaded yet.' : 'Nothing made yet.'}
        </p>
      )}
      <ul className="grid max-h-[45dvh] grid-cols-3 gap-2 overflow-y-auto p-1">
        {items.map(({ item, path }) => {
          const chosen = picked === null ? path === value : picked.includes(path)
          return (
            <li key={item.key}>
              <button
                type="button"
                aria-label={itemLabel(item)}
                aria-pressed={chosen}
                title={item.name}
                onClick={() => choose(path)}
                className={`tile-ring block aspect-square w-full overflow-hidden rounded-lg ${chosen ? 'tile-selected' : ''}`}
              >
                <Thumbnail item={item} width={320} />
                {chosen && (
                  <span className="absolute top-1.5 right-1.5 grid size-6 place-items-center rounded-full bg-accent text-on-accent">
                    <Check size={14} aria-hidden />
                  </span>
                )}
              </button>
            </li>
          )
        })}
      </ul>
      {query.hasNextPage && (
        <Button className="mt-3 w-full" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show more
        </Button>
      )}
      {picked !== null && (
        <Button
          look="primary"
          className="mt-3 w-full"
          disabled={picked.length === 0}
          onClick={() => onChooseSeveral(picked)}
        >
          Use {count(picked.length, media === 'image' ? 'picture' : 'video')}
        </Button>
      )}
    </>
  )
}

/** Library entries with the path that the engine reads them by. */
function useItems(root: 'inputs' | 'outputs', media: 'image' | 'video', q: string) {
  const inputs = useInfiniteQuery({ ...inputsQuery({ q, kind: media }), enabled: root === 'inputs' })
  const jobs = useInfiniteQuery({ ...jobsQuery({ q, status: ['completed'] }), enabled: root === 'outputs' })
  if (root === 'inputs') {
    const items = inputs.data?.pages.flatMap((page) => page.files.map((file) => fromInputFile(file))) ?? []
    return { items: items.map((item) => ({ item, path: item.path })), query: inputs }
  }
  const made: MediaItem[] = (jobs.data?.pages ?? [])
    .flatMap((page) => page.jobs)
    .flatMap((job) => itemsOfJob(job, 'final'))
    .filter((item) => item.media === media)
  return { items: made.map((item) => ({ item, path: `${item.path} [output]` })), query: jobs }
}
