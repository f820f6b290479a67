'use client'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
/** @file The gallery: what runs on top, then every job as a block, newest first; the viewer over it. */
import { Download, Images, Sparkles } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { Job } from '#contracts/jobs'
import { count } from '../../_client/format/words.ts'
import { useLiveJobs } from '../../_client/live/use-live.ts'
import type { MediaItem } from '../../_client/media-item.ts'
import { assetsQuery } from '../../_client/queries/assets.ts'
import { jobsQuery, liveJobsQuery } from '../../_client/queries/jobs.ts'
import { replaceParams, useParam } from '../../_client/url-state.ts'
import { outputsZipUrl } from '../../_client/urls.ts'
import { Cell } from '../grid/cell.tsx'
import { MediaGrid } from '../grid/media-grid.tsx'
import { SelectionBar } from '../grid/selection-bar.tsx'
import { TileSize, useRowHeight } from '../grid/tile-size.tsx'
import { useGridKeys } from '../grid/use-grid-keys.ts'
import { useWidth } from '../grid/use-width.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { Empty, Failure } from '../ui/notice.tsx'
import { PageHead } from '../ui/page.tsx'
import { BlockNote, FoldChips, PackChips, PackNote } from './block-rows.tsx'
import { type GalleryBlock, galleryBlocks } from './blocks.ts'
import { FilterSelect, mediaOptions, SearchField, statusOptions, useJobFilters } from './filters.tsx'
import { JobHeader, PackHeader } from './job-header.tsx'
import { type GalleryRow, type Group, galleryRows } from './rows.ts'
import { RunningBlock } from './running-block.tsx'

const Viewer = dynamic(() => import('../viewer/viewer.tsx').then((module) => module.Viewer), { ssr: false })
const noListings: never[] = []
const noIds: string[] = []
const pickRunning = (jobs: Job[]) => jobs.filter((job) => job.status === 'running').map((job) => job.id)

export function JobsPage() {
  const filters = useJobFilters()
  const [media] = useParam('kind')
  const [file] = useParam('file')
  const filtered = filters.q !== '' || filters.status.length > 0 || media !== ''
  const jobs = useInfiniteQuery(jobsQuery(filters))
  const outputs = useInfiniteQuery({
    ...assetsQuery('outputs', { q: filters.q, kind: null }),
    enabled: filters.status.length === 0,
  })
  const { data: runningIds, isPending: liveUnknown } = useQuery({ ...liveJobsQuery, select: pickRunning })
  const running = runningIds ?? noIds
  // Shown only when it is known what runs: a block that came later would push everything down.
  const waiting = jobs.isPending || liveUnknown
  const live = useLiveIds()
  const [open, toggleFold] = useOpenFolds()
  const { ref, width } = useWidth<HTMLDivElement>()
  const rowHeight = useRowHeight(width)
  const onKey = useGridKeys()

  const blocks = useMemo(() => {
    const all = galleryBlocks({
      jobs: jobs.data?.pages.flatMap((page) => page.jobs) ?? [],
      live,
      listings: outputs.data?.pages ?? noListings,
      jobsComplete: jobs.data !== undefined && !jobs.hasNextPage,
    })
    return media === 'image' || media === 'video' ? onlyMedia(all, media) : all
  }, [jobs.data, jobs.hasNextPage, outputs.data, live, media])
  const rows = useMemo(
    () => galleryRows(filtered ? [] : running, blocks, { width, rowHeight, gap: 8, open }),
    [running, blocks, width, rowHeight, open, filtered],
  )
  const viewerItems = useMemo(() => (file === '' ? [] : sequenceFor(file, blocks, rows)), [file, blocks, rows])

  const loadMore = useCallback(() => {
    if (jobs.hasNextPage && !jobs.isFetchingNextPage) void jobs.fetchNextPage()
    if (outputs.hasNextPage && !outputs.isFetchingNextPage) void outputs.fetchNextPage()
  }, [jobs, outputs])
  // A shared link may point at a file further down than what is loaded.
  useEffect(() => {
    if (file !== '' && viewerItems.length === 0) loadMore()
  }, [file, viewerItems, loadMore])
  const renderRow = useCallback(
    (row: Exclude<GalleryRow, { type: 'tiles' }>) => renderOther(row, toggleFold),
    [toggleFold],
  )

  const total = jobs.data?.pages[0]?.total ?? 0
  const nothing = jobs.data !== undefined && rows.length === 0 && !outputs.isLoading
  return (
    <div className="px-4 pb-32 md:px-8">
      <PageHead
        title="Jobs"
        about={
          jobs.data === undefined
            ? 'Loading…'
            : filtered
              ? count(blocks.length, 'match', 'matches')
              : count(total, 'job')
        }
        actions={
          <>
            <a
              href={outputsZipUrl}
              download
              aria-label="Download all outputs"
              className={`${buttonClass('secondary')} max-sm:w-11 max-sm:px-0`}
            >
              <Download size={16} aria-hidden />
              <span className="max-sm:hidden">Download all</span>
            </a>
            <Link href="/run" className={buttonClass('primary')}>
              <Sparkles size={16} aria-hidden />
              Run a workflow
            </Link>
          </>
        }
      />
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <SearchField label="Search jobs" />
        <FilterSelect label="State" name="status" options={statusOptions} />
        <FilterSelect label="Kind of media" name="kind" options={mediaOptions} />
        <div className="ml-auto">
          <TileSize />
        </div>
      </div>
      <div ref={ref}>
        {jobs.isError && jobs.data === undefined && <Failure error={jobs.error} onRetry={() => void jobs.refetch()} />}
        {waiting && <GallerySkeleton />}
        {nothing && (filtered ? <NoMatch q={filters.q} /> : <NothingYet />)}
        {!waiting && width > 0 && rows.length > 0 && (
          <MediaGrid
            label="Jobs and their files"
            rows={rows}
            renderRow={renderRow}
            renderNote={renderNote}
            onKey={onKey}
            onEndNear={loadMore}
          />
        )}
      </div>
      <SelectionBar />
      {viewerItems.length > 0 && <Viewer items={viewerItems} path={file} />}
    </div>
  )
}

const renderNote = (group: Group, height: number) => <PackNote key={group.block.id} group={group} height={height} />

function renderOther(row: Exclude<GalleryRow, { type: 'tiles' }>, toggleFold: (key: string) => void) {
  switch (row.type) {
    case 'running':
      return (
        <Cell>
          <RunningBlock jobId={row.job} />
        </Cell>
      )
    case 'header':
      return <JobHeader block={row.block} />
    case 'note':
      return <BlockNote block={row.block} />
    case 'folds':
      return <FoldChips folds={row.folds} onToggle={toggleFold} />
    case 'pack':
      return (
        <Cell className="relative h-[4.125rem]">
          {row.groups.map((group) => (
            <PackHeader key={group.block.id} group={group} />
          ))}
        </Cell>
      )
    case 'packFolds':
      return <PackChips groups={row.groups} onToggle={toggleFold} />
  }
}

/** Ids of running and queued jobs, the same set as long as nobody joined or left. */
function useLiveIds(): ReadonlySet<string> {
  const ids = useLiveJobs()
    .map((job) => job.id)
    .sort()
    .join(' ')
  return useMemo(() => new Set(ids === '' ? [] : ids.split(' ')), [ids])
}

function useOpenFolds() {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const toggle = useCallback((key: string) => {
    setOpen((before) => {
      const next = new Set(before)
      if (!next.delete(key)) next.add(key)
      return next
    })
  }, [])
  return [open, toggle] as const
}

function onlyMedia(blocks: readonly GalleryBlock[], media: MediaItem['media']) {
  const keep = (items: MediaItem[]) => items.filter((item) => item.media === media)
  return blocks
    .map((block) => ({
      ...block,
      files: {
        final: keep(block.files.final),
        preview: keep(block.files.preview),
        intermediate: keep(block.files.intermediate),
      },
    }))
    .filter((block) => Object.values(block.files).some((items) => items.length > 0))
}

/** What the viewer's arrows go through: the tiles on the page; for a folded file, its job's files. */
function sequenceFor(file: string, blocks: readonly GalleryBlock[], rows: readonly GalleryRow[]): MediaItem[] {
  const visible = rows.flatMap((row) => (row.type === 'tiles' ? row.boxes.map((box) => box.item) : []))
  if (visible.some((item) => item.path === file)) return visible
  for (const { files } of blocks) {
    const all = [...files.final, ...files.preview, ...files.intermediate]
    if (all.some((item) => item.path === file)) return all
  }
  return []
}

function NothingYet() {
  return (
    <Empty
      icon={<Images size={26} />}
      title="Nothing made yet"
      actions={
        <>
          <Link href="/run" className={buttonClass('primary')}>
            Run a workflow
          </Link>
          <Link href="/inputs" className={buttonClass('secondary')}>
            Upload pictures
          </Link>
        </>
      }
    >
      Choose a workflow to start. Its results appear here while they are made.
    </Empty>
  )
}

function NoMatch({ q }: { q: string }) {
  return (
    <Empty
      icon={<Images size={26} />}
      title={q === '' ? 'No job matches these filters' : `No job matches “${q}”`}
      actions={
        <Button look="primary" onClick={() => replaceParams({ q: null, status: null, kind: null })}>
          Clear filters
        </Button>
      }
    />
  )
}

const GallerySkeleton = () => (
  <div aria-hidden className="grid grid-cols-2 gap-2 pt-6 md:grid-cols-4">
    {['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((key) => (
      <div key={key} className="skeleton aspect-4/3" />
    ))}
  </div>
)
