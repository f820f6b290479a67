'use client'
/** @file The library of uploads: everything workflows can start from. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { ImagePlus } from 'lucide-react'
import { useCallback, useEffect, useMemo } from 'react'
import { formatBytes } from '../../_client/format/bytes.ts'
import { count } from '../../_client/format/words.ts'
import { fromInputFile, type MediaItem } from '../../_client/media-item.ts'
import { type AssetFilters, inputsQuery, inputUsesQuery } from '../../_client/queries/assets.ts'
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
import { usesOf } from './uses.ts'

const Viewer = part(() => import('../viewer/viewer.tsx').then((module) => module.Viewer))

export function InputsPage() {
  const [q] = useParam('q')
  const [kind] = useParam('kind')
  const [file] = useParam('file')
  const media = kind === 'image' || kind === 'video' ? kind : null
  const { selection } = useStudio()
  const filters = useMemo((): AssetFilters => ({ q, kind: media }), [q, media])
  const listing = useInfiniteQuery(inputsQuery(filters))
  const linkOf = useUses()
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

  const first = listing.data?.pages[0]
  const total = first?.total ?? items.length
  const bytes = first?.total_size ?? 0
  // Another query is another "all": a selection of the whole query does not follow.
  useEffect(() => {
    const { whole } = selection.getState()
    if (whole && whole.filters !== filters) selection.getState().clear()
  }, [filters, selection])
  const selectAll = useCallback(
    () => selection.getState().selectQuery({ root: 'inputs', filters, summary: { files: total, bytes } }),
    [selection, filters, total, bytes],
  )
  const filtered = q !== '' || media !== null
  return (
    <div className="px-4 pb-10 md:px-8">
      <PageHead
        title="Inputs"
        about={
          first === undefined
            ? 'Loading…'
            : `${count(total, filtered ? 'match' : 'file', filtered ? 'matches' : 'files')} · ${formatBytes(bytes)}`
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
        {width > 0 && rows.length > 0 && (
          <MediaGrid
            label="Input files"
            rows={rows}
            captions
            linkOf={linkOf}
            onSelectAll={selectAll}
            onEndNear={loadMore}
          />
        )}
      </div>
      <SelectionBar root="inputs" total={total} onSelectAll={selectAll} />
      {viewing && <Viewer items={items} path={file} />}
    </div>
  )
}

/** In how many jobs an input was used, and the way to them. Nothing is said before it is known. */
function useUses() {
  const uses = useQuery(inputUsesQuery).data
  return useCallback(({ path }: MediaItem) => usesOf(path, uses), [uses])
}
