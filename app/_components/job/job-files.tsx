'use client'
/** @file The files of a job by kind: finals large, the others smaller and folded when they are many; with the keys of the gallery. */
import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react'
import type { Job, OutputKind } from '#contracts/jobs'
import { formatBytes } from '../../_client/format/bytes.ts'
import { count, kindWords } from '../../_client/format/words.ts'
import { itemsOfJob, type MediaItem } from '../../_client/media-item.ts'
import { useStudio } from '../../_client/studio.tsx'
import { useParam } from '../../_client/url-state.ts'
import { fileUrl } from '../../_client/urls.ts'
import { Cell } from '../grid/cell.tsx'
import type { OtherRow } from '../grid/grid-row.tsx'
import { KeepSelecting } from '../grid/keep-selecting.tsx'
import { MediaGrid } from '../grid/media-grid.tsx'
import { SelectionBar } from '../grid/selection-bar.tsx'
import { TileSize, useRowHeight } from '../grid/tile-size.tsx'
import { useWidth } from '../grid/use-width.ts'
import type { Fold } from '../jobs/rows.ts'
import { Button } from '../ui/button.tsx'
import { kindRows, shownAtFirst } from './kind-rows.ts'

const kinds = ['final', 'preview', 'intermediate'] as const

/** All media of a job in the order they are shown here. */
export const mediaOf = (job: Job): MediaItem[] => kinds.flatMap((kind) => itemsOfJob(job, kind))

export function JobFiles({ job }: { job: Job }) {
  const folds = useFolds(job)
  const others = job.outputs.filter((file) => file.media === null)
  if (job.outputs.length === 0) {
    return (
      <p className="text-sm text-muted">{job.finished_at === null ? 'No files yet.' : 'None of its files are left.'}</p>
    )
  }
  return (
    <div className="flex flex-col gap-6">
      {folds.list.length > 0 && <Media folds={folds.list} onOpen={folds.open} />}
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

/** The kinds that the job has files of, and which of them are shown whole. */
function useFolds(job: Job) {
  const [opened, setOpened] = useState<ReadonlySet<OutputKind>>(new Set())
  const open = useCallback((kind: OutputKind) => setOpened((before) => new Set([...before, kind])), [])
  const list = useMemo(
    () =>
      kinds
        .map((kind): Fold => ({ key: kind, kind, items: itemsOfJob(job, kind), open: opened.has(kind) }))
        .filter(({ items }) => items.length > 0),
    [job, opened],
  )
  // What the viewer came to has to be there when it closes: the focus goes to it.
  const [file] = useParam('file')
  const hidden = list.find((fold) => !fold.open && fold.items.slice(shownAtFirst).some(({ path }) => path === file))
  useEffect(() => {
    if (hidden) open(hidden.kind)
  }, [hidden, open])
  return { list, open }
}

function Media({ folds, onOpen }: { folds: readonly Fold[]; onOpen: (kind: OutputKind) => void }) {
  const { selection } = useStudio()
  const { ref, width } = useWidth<HTMLDivElement>()
  const rowHeight = useRowHeight(width)
  const rows = useMemo(() => kindRows(folds, { width, rowHeight, gap: 8 }), [folds, width, rowHeight])
  const items = useMemo(() => folds.flatMap((fold) => fold.items), [folds])
  const selectAll = useCallback(() => {
    selection.getState().clear()
    selection.getState().toggleAll(items)
  }, [selection, items])
  const renderRow = useCallback(
    (row: OtherRow): ReactNode =>
      row.type === 'folds' && row.folds.map((fold) => <KindHead key={fold.key} fold={fold} onOpen={onOpen} />),
    [onOpen],
  )
  return (
    <div ref={ref} className="relative">
      {/* Beside the first heading, which leaves room for it. */}
      <div className="absolute top-0 right-0 z-10 flex items-center gap-2">
        <KeepSelecting />
        <TileSize />
      </div>
      {width > 0 && <MediaGrid label="Files of the job" rows={rows} renderRow={renderRow} onSelectAll={selectAll} />}
      <SelectionBar root="outputs" total={items.length} onSelectAll={selectAll} />
    </div>
  )
}

function KindHead({ fold, onOpen }: { fold: Fold; onOpen: (kind: OutputKind) => void }) {
  const { kind, items, open } = fold
  const size = items.reduce((sum, item) => sum + (item.size ?? 0), 0)
  return (
    <div className="flex min-h-13 flex-wrap items-center gap-x-3 pr-28 pb-2 md:min-h-11 md:pr-52">
      <Cell header>
        <h2 className="text-sm font-semibold">
          {count(items.length, kindWords[kind].one)}{' '}
          <span className="ml-1 font-normal text-muted tabular-nums">{formatBytes(size)}</span>
        </h2>
      </Cell>
      {!open && items.length > shownAtFirst && (
        <Cell>
          <Button look="quiet" onClick={() => onOpen(kind)}>
            Show all {items.length}
          </Button>
        </Cell>
      )}
    </div>
  )
}
