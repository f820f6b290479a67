'use client'
/** @file All outputs as one grid in justified rows, newest first, with the filters, keys and selection of the jobs page. */
import { useMemo } from 'react'
import { formatBytes } from '../../_client/format/bytes.ts'
import { count } from '../../_client/format/words.ts'
import { useParam } from '../../_client/url-state.ts'
import { MediaGrid } from '../grid/media-grid.tsx'
import { SelectionBar } from '../grid/selection-bar.tsx'
import { useRowHeight } from '../grid/tile-size.tsx'
import { useWidth } from '../grid/use-width.ts'
import { allFiles } from '../jobs/blocks.ts'
import { ArrivedPill, GalleryEmpty, GalleryFilters, GalleryHead, GallerySkeleton } from '../jobs/gallery-parts.tsx'
import { useTail } from '../jobs/jobs-page.tsx'
import { useKeptRows } from '../jobs/keep-rows.ts'
import { fileRows } from '../jobs/rows.ts'
import { useGallery } from '../jobs/use-gallery.ts'
import { Failure } from '../ui/notice.tsx'
import { part } from '../ui/part.tsx'

const Viewer = part(() => import('../viewer/viewer.tsx').then((module) => module.Viewer))

export function FilesPage() {
  const gallery = useGallery()
  const { query, filters, filtered, blocks, summary, loaded } = gallery
  const [file] = useParam('file')
  const { ref, width } = useWidth<HTMLDivElement>()
  const rowHeight = useRowHeight(width, { fit: true })
  const items = useMemo(() => blocks.flatMap(allFiles), [blocks])
  const rows = useKeptRows(useMemo(() => fileRows(items, { width, rowHeight, gap: 8 }), [items, width, rowHeight]))
  const tail = useTail(rows, loaded, summary?.files ?? 0)
  const viewing = file !== '' && items.some((item) => item.path === file)

  return (
    <div className="px-4 pb-10 md:px-8">
      <GalleryHead
        summary={summary}
        title="Files"
        about={
          summary === undefined
            ? 'Loading…'
            : `${count(summary.files, filtered ? 'match' : 'file', filtered ? 'matches' : 'files')} · ${formatBytes(summary.bytes)}`
        }
      />
      <GalleryFilters label="Search files" />
      <div ref={ref} className="pt-2">
        {query.isError && query.data === undefined && (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        )}
        {query.isPending && <GallerySkeleton />}
        {query.data !== undefined && items.length === 0 && <GalleryEmpty filters={filters} filtered={filtered} />}
        {width > 0 && rows.length > 0 && (
          <MediaGrid label="Files" rows={rows} onSelectAll={gallery.selectAll} tail={tail} />
        )}
      </div>
      <ArrivedPill n={gallery.arrived} onShow={gallery.showArrived} />
      <SelectionBar root="outputs" total={summary?.files ?? 0} onSelectAll={gallery.selectAll} />
      {viewing && <Viewer items={items} path={file} />}
    </div>
  )
}
