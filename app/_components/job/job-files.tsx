'use client'
import { useEffect, useRef, useState } from 'react'
/** @file The files of a job by kind: finals large, the others smaller and folded when they are many. */
import type { Job, OutputKind } from '#contracts/jobs'
import { formatBytes } from '../../_client/format/bytes.ts'
import { count, kindWords } from '../../_client/format/words.ts'
import { itemLabel, itemsOfJob, type MediaItem } from '../../_client/media-item.ts'
import { pushParams, useParam } from '../../_client/url-state.ts'
import { fileUrl } from '../../_client/urls.ts'
import { Button } from '../ui/button.tsx'
import { Thumbnail } from '../ui/thumbnail.tsx'

const kinds = ['final', 'preview', 'intermediate'] as const
/** More files of a kind than this wait for a click. */
const shownAtFirst = 24

/** All media of a job in the order they are shown here. */
export const mediaOf = (job: Job): MediaItem[] => kinds.flatMap((kind) => itemsOfJob(job, kind))

export function JobFiles({ job }: { job: Job }) {
  const root = useRef<HTMLDivElement>(null)
  useFocusBack(root)
  const others = job.outputs.filter((file) => file.media === null)
  if (job.outputs.length === 0) {
    return (
      <p className="text-sm text-muted">{job.finished_at === null ? 'No files yet.' : 'None of its files are left.'}</p>
    )
  }
  return (
    <div ref={root} className="flex flex-col gap-6">
      {kinds.map((kind) => (
        <Kind key={kind} kind={kind} items={itemsOfJob(job, kind)} />
      ))}
      {others.length > 0 && (
        <section>
          <h2 className="mb-2 text-sm font-semibold">Other files</h2>
          <ul className="text-sm">
            {others.map((file) => (
              <li key={`${file.subfolder}/${file.filename}`} className="flex min-h-11 items-center gap-3 md:min-h-8">
                <a
                  href={fileUrl('outputs', `${file.subfolder}/${file.filename}`)}
                  download={file.filename}
                  className="min-w-0 truncate text-accent underline underline-offset-4"
                >
                  {file.filename}
                </a>
                <span className="text-muted tabular-nums">{formatBytes(file.size)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}

function Kind({ kind, items }: { kind: OutputKind; items: readonly MediaItem[] }) {
  const [all, setAll] = useState(false)
  if (items.length === 0) return null
  const size = items.reduce((sum, item) => sum + (item.size ?? 0), 0)
  const shown = all ? items : items.slice(0, shownAtFirst)
  return (
    <section>
      <h2 className="mb-2 text-sm font-semibold">
        {count(items.length, kindWords[kind].one)}{' '}
        <span className="ml-1 font-normal text-muted tabular-nums">{formatBytes(size)}</span>
      </h2>
      <ul
        className={`flex flex-wrap gap-2 ${kind === 'final' ? '[--tile:15rem] max-sm:[--tile:10rem]' : '[--tile:8rem]'}`}
      >
        {shown.map((item) => (
          <li key={item.key} className="h-(--tile) max-w-full" style={{ aspectRatio: ratioOf(item) }}>
            <button
              type="button"
              data-tile={item.path}
              aria-label={itemLabel(item)}
              onClick={() => pushParams({ file: item.path })}
              className="tile-ring block size-full overflow-hidden rounded-lg"
            >
              <Thumbnail item={item} />
            </button>
          </li>
        ))}
      </ul>
      {shown.length < items.length && (
        <Button className="mt-2" onClick={() => setAll(true)}>
          Show all {items.length}
        </Button>
      )}
    </section>
  )
}

/** A panorama is as wide as three squares at most. */
const ratioOf = (item: MediaItem) =>
  Math.min(3, Math.max(0.5, item.width && item.height ? item.width / item.height : 1))

/** When the viewer closes, the focus goes to the file it showed last. */
function useFocusBack(root: { current: HTMLElement | null }) {
  const [file] = useParam('file')
  const viewed = useRef('')
  useEffect(() => {
    const last = viewed.current
    viewed.current = file
    if (last !== '' && file === '') {
      root.current?.querySelector<HTMLElement>(`[data-tile="${CSS.escape(last)}"]`)?.focus()
    }
  }, [file, root])
}
