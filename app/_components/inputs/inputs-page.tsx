'use client'
/** @file The library of uploads: everything workflows can start from. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { ImagePlus } from 'lucide-react'
import { useCallback, useEffect, useMemo } from 'react'
import { formatBytes } from '../../_client/format/bytes.ts'
import { count } from '../../_client/format/words.ts'
import { fromInputFile } from '../../_client/media-item.ts'
import { inputsQuery } from '../../_client/queries/assets.ts'
import { useStudio } from '../../_client/studio.tsx'
import { replaceParams, useParam } from '../../_client/url-state.ts'
import { KeepSelecting } from '../grid/keep-selecting.tsx'
import { MediaGrid } from '../grid/media-grid.tsx'
import { SelectionBar } from '../grid/selection-bar.tsx'
import { TileSize, useRowHeight } from '../grid/tile-size.tsx'
import { useWidth } from '../grid/use-width.ts'
import { FilterSelect, mediaOptions, SearchField } from '../jobs/filters.tsx'
import { uniformRows } from '../jobs/rows.ts'
import { Button } from '../ui/button.tsx'
import { Empty, Failure } from '../ui/notice.tsx'
import { PageHead } from '../ui/page.tsx'
import { part } from '../ui/part.tsx'
import { ChooseFiles } from './choose-files.tsx'

const Viewer = part(() => import('../viewer/viewer.tsx').then((module) => module.Viewer))

export function InputsPage() {
  const [q] = useParam('q')
  const [kind] = useParam('kind')
  const [file] = useParam('file')
  const media = kind === 'image' || kind === 'video' ? kind : null
  const { selection } = useStudio()
  const listing = useInfiniteQuery(inputsQuery({ q, kind: media }))
  const { ref, width } = useWidth<HTMLDivElement>()
  const rowHeight = useRowHeight(width)

  const items = useMemo(
    () => listing.data?.pages.flatMap((page) => page.files.map((each) => fromInputFile(each))) ?? [],
    [listing.data],
  )
  const rows = useMemo(() => uniformRows(items, { width, rowHeight, gap: 8 }), [items, width, rowHeight])
  const loadMore = useCallback(() => {
    if (listing.hasNextPage && !listing.isFetchingNextPage) void listing.fetchNextPage()
  }, [listing])
  const viewing = file !== '' && items.some((item) => item.path === file)
  useEffect(() => {
    if (file !== '' && !viewing) loadMore()
  }, [file, viewing, loadMore])

  const selectAll = useCallback(() => selection.getState().toggleAll(items), [selection, items])
  const filtered = q !== '' || media !== null
  const first = listing.data?.pages[0]
  return (
    <div className="px-4 pb-10 md:px-8">
      <PageHead
        title="Inputs"
        about={
          first === undefined
            ? 'Loading…'
            : `${count(items.length, 'file')}${listing.hasNextPage ? ' so far' : ''} · ${formatBytes(first.total_size)}`
        }
        actions={
          <>
            <span className="max-md:hidden">
              <ChooseFiles label="Folder" look="secondary" folder />
            </span>
            <ChooseFiles label="Upload" />
          </>
        }
      />
      <div className="mb-4 flex flex-wrap items-center gap-2">
        <SearchField label="Search inputs" />
        <FilterSelect label="Kind of media" name="kind" options={mediaOptions} />
        <div className="ml-auto flex items-center gap-2">
          <KeepSelecting />
          <TileSize />
        </div>
      </div>
      <div ref={ref}>
        {listing.isError && first === undefined && (
          <Failure error={listing.error} onRetry={() => void listing.refetch()} />
        )}
        {first !== undefined && items.length === 0 && (
          <Empty
            icon={<ImagePlus size={26} />}
            title={filtered ? 'No input matches' : 'Drop pictures, videos or folders anywhere'}
            actions={
              filtered ? (
                <Button look="primary" onClick={() => replaceParams({ q: null, kind: null })}>
                  Clear filters
                </Button>
              ) : (
                <ChooseFiles label="Choose files" />
              )
            }
          >
            {filtered
              ? 'Try another word, or show everything.'
              : 'Or paste a picture. Workflows start from what is here.'}
          </Empty>
        )}
        {width > 0 && rows.length > 0 && <MediaGrid label="Input files" rows={rows} captions onEndNear={loadMore} />}
      </div>
      <SelectionBar root="inputs" total={items.length} onSelectAll={selectAll} />
      {viewing && <Viewer items={items} path={file} />}
    </div>
  )
}
