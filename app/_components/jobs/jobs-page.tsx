'use client'
/** @file The gallery per job: what runs on top, then every job as a block, newest first; the viewer over it. */
import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { Job } from '#contracts/jobs'
import { formatBytes } from '../../_client/format/bytes.ts'
import { count } from '../../_client/format/words.ts'
import type { MediaItem } from '../../_client/media-item.ts'
import { liveJobsQuery } from '../../_client/queries/jobs.ts'
import { useParam } from '../../_client/url-state.ts'
import { Cell } from '../grid/cell.tsx'
import { MediaGrid } from '../grid/media-grid.tsx'
import { SelectionBar } from '../grid/selection-bar.tsx'
import { useRowHeight } from '../grid/tile-size.tsx'
import { useWidth } from '../grid/use-width.ts'
import { Failure } from '../ui/notice.tsx'
import { part } from '../ui/part.tsx'
import { BlockNote, FoldChips, PackChips, PackNote } from './block-rows.tsx'
import { allFiles, type GalleryBlock } from './blocks.ts'
import { ArrivedPill, GalleryEmpty, GalleryFilters, GalleryHead, GallerySkeleton } from './gallery-parts.tsx'
import { JobHeader, JobStrip, PackHeader } from './job-header.tsx'
import { useKeptRows } from './keep-rows.ts'
import { type GalleryRow, type Group, galleryRows } from './rows.ts'
import { useGallery } from './use-gallery.ts'

const Viewer = part(() => import('../viewer/viewer.tsx').then((module) => module.Viewer))
/** As high as the block, so that nothing moves when it comes. */
const RunningBlock = part(
  () => import('./running-block.tsx').then((module) => module.RunningBlock),
  <div className="mb-3 h-26 rounded-2xl border border-line bg-surface sm:h-22" />,
)
const noIds: string[] = []
const pickRunning = (jobs: Job[]) => jobs.filter((job) => job.status === 'running').map((job) => job.id)

export function JobsPage() {
  const gallery = useGallery()
  const { query, filters, filtered, blocks, summary, loaded } = gallery
  const [file] = useParam('file')
  const { data: runningIds, isPending: liveUnknown } = useQuery({ ...liveJobsQuery, select: pickRunning })
  const running = filtered ? noIds : (runningIds ?? noIds)
  // Shown only when it is known what runs: a block that came later would push everything down.
  const waiting = query.isPending || liveUnknown
  const [open, toggleFold] = useOpenFolds()
  const { ref, width } = useWidth<HTMLDivElement>()
  const rowHeight = useRowHeight(width, { fit: true })

  const unfolded = filters.kind !== '' && filters.kind !== 'final'
  const laidOut = useMemo(
    () => galleryRows(running, blocks, { width, rowHeight, gap: 8, open, unfolded }),
    [running, blocks, width, rowHeight, open, unfolded],
  )
  const rows = useKeptRows(laidOut)
  const tail = useTail(rows, loaded, summary?.files ?? 0)
  const viewerItems = useMemo(() => (file === '' ? [] : sequenceFor(file, blocks, rows)), [file, blocks, rows])
  const renderRow = useCallback(
    (row: Exclude<GalleryRow, { type: 'tiles' }>) => renderOther(row, toggleFold),
    [toggleFold],
  )

  return (
    <div className="px-4 pb-10 md:px-8">
      <GalleryHead
        summary={summary}
        title="Jobs"
        about={
          summary === undefined
            ? 'Loading…'
            : `${filtered ? count(summary.jobs, 'match', 'matches') : count(summary.jobs, 'job')} · ${count(summary.files, 'file')} · ${formatBytes(summary.bytes)}`
        }
      />
      <GalleryFilters label="Search jobs" />
      <div ref={ref}>
        {query.isError && query.data === undefined && (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        )}
        {waiting && <GallerySkeleton />}
        {!waiting && query.data !== undefined && rows.length === 0 && width > 0 && (
          <GalleryEmpty filters={filters} filtered={filtered} />
        )}
        {!waiting && width > 0 && rows.length > 0 && (
          <MediaGrid
            label="Jobs and their files"
            rows={rows}
            renderRow={renderRow}
            renderNote={renderNote}
            renderHead={renderHead}
            onSelectAll={gallery.selectAll}
            tail={tail}
          />
        )}
      </div>
      <ArrivedPill n={gallery.arrived} onShow={gallery.showArrived} />
      <SelectionBar root="outputs" total={summary?.files ?? 0} onSelectAll={gallery.selectAll} />
      {viewerItems.length > 0 && <Viewer items={viewerItems} path={file} />}
    </div>
  )
}

/** What the rows still to come will take, guessed from those that are there. */
export function useTail(rows: readonly GalleryRow[], loaded: number, total: number): number {
  return useMemo(() => {
    if (loaded === 0 || loaded >= total) return 0
    const height = rows.reduce((sum, row) => sum + row.height, 0)
    return Math.round((height / loaded) * (total - loaded))
  }, [rows, loaded, total])
}

const renderHead = ({ block }: { block: GalleryBlock }) => <JobStrip block={block} />

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
      return <JobHeader block={row.block} retry={row.retry} />
    case 'note':
      return <BlockNote block={row.block} />
    case 'folds':
      return <FoldChips folds={row.folds} onToggle={toggleFold} />
    case 'pack':
      return (
        <div className="relative h-[4.125rem]">
          {row.groups.map((group) => (
            <PackHeader key={group.block.id} group={group} />
          ))}
        </div>
      )
    case 'packFolds':
      return <PackChips groups={row.groups} onToggle={toggleFold} />
  }
}

const openFolds = 'studio.open-folds'

function openBefore(): ReadonlySet<string> {
  try {
    return new Set(JSON.parse(sessionStorage.getItem(openFolds) ?? '[]'))
  } catch {
    return new Set()
  }
}

/** What is unfolded stays so over a reload and on the way back from another page. */
function useOpenFolds() {
  const [open, setOpen] = useState(openBefore)
  useEffect(() => {
    try {
      sessionStorage.setItem(openFolds, JSON.stringify([...open]))
    } catch {
      // Full or forbidden storage: then until the page is left.
    }
  }, [open])
  const toggle = useCallback((key: string) => {
    setOpen((before) => {
      const next = new Set(before)
      if (!next.delete(key)) next.add(key)
      return next
    })
  }, [])
  return [open, toggle] as const
}

/** What the viewer's arrows go through: the tiles on the page; for a folded file, its job's files. */
function sequenceFor(file: string, blocks: readonly GalleryBlock[], rows: readonly GalleryRow[]): MediaItem[] {
  const visible = rows.flatMap((row) => (row.type === 'tiles' ? row.boxes.map((box) => box.item) : []))
  if (visible.some((item) => item.path === file)) return visible
  return blocks.map(allFiles).find((files) => files.some((item) => item.path === file)) ?? []
}
