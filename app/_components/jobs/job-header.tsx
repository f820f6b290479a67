'use client'
/** @file The head of a block: what it is, how it ended, when, how much; select, download, use again, delete. */
import {
  CircleCheck,
  Download,
  Ellipsis,
  Package,
  RotateCcw,
  SlidersHorizontal,
  SquareCheck,
  Trash2,
} from 'lucide-react'
import { useRouter } from 'next/navigation'
import { memo } from 'react'
import { useDelete } from '../../_client/actions/use-delete.ts'
import { useJobActions } from '../../_client/actions/use-job-actions.ts'
import { useZip } from '../../_client/actions/use-zip.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { formatDuration, formatFull, formatMoment } from '../../_client/format/time.ts'
import { count, kindWords } from '../../_client/format/words.ts'
import { useStudio } from '../../_client/studio.tsx'
import { downloadByLink, packageUrl } from '../../_client/urls.ts'
import { useNow } from '../../_client/use-now.ts'
import { Cell } from '../grid/cell.tsx'
import { IconButton } from '../ui/button.tsx'
import { Menu, type MenuItem } from '../ui/menu.tsx'
import { Status } from '../ui/status.tsx'
import type { GalleryBlock } from './blocks.ts'
import type { Group } from './rows.ts'

export const JobHeader = memo(function JobHeader({ block }: { block: GalleryBlock }) {
  const { zip, busy } = useZip()
  return (
    <Cell className="flex items-center gap-2 pt-5 pb-2.5">
      <div className="flex min-w-0 grow flex-wrap items-center gap-x-3 gap-y-0.5">
        <h2 className="max-w-full truncate text-base font-semibold">{block.title}</h2>
        {block.status && <Status status={block.status} />}
        <Facts block={block} className="w-full sm:w-auto" />
      </div>
      {block.files.final.length > 0 && (
        <IconButton
          label={`Download the finals of ${block.title}`}
          busy={busy}
          onClick={() => void zip(zipOf(block, 'final'))}
        >
          <Download size={18} aria-hidden />
        </IconButton>
      )}
      <BlockMenu block={block} />
    </Cell>
  )
})

/** The head of a job in a pack: as wide as its pictures, so the name on one line and the facts on the next. */
export const PackHeader = memo(function PackHeader({ group }: { group: Group }) {
  const { block, left, width } = group
  return (
    <div className="absolute inset-y-0 flex items-center gap-1 pt-4 pb-1.5" style={{ left, width }}>
      <div className="min-w-0 grow">
        <h2 className="truncate text-sm font-semibold">{block.title}</h2>
        <p className="flex min-w-0 items-center gap-1.5">
          {block.status === 'completed' && (
            <>
              <CircleCheck size={14} className="shrink-0 text-ok" aria-hidden />
              <span className="sr-only">Done</span>
            </>
          )}
          <Facts block={block} short narrow={width < 200} />
        </p>
      </div>
      <BlockMenu block={block} />
    </div>
  )
})

/** When, how long, how many, how much: always visible, not on hover. `short` leaves out what the pictures show. */
interface FactsProps {
  block: GalleryBlock
  short?: boolean
  /** no room for the size, which the menu says too */
  narrow?: boolean
  className?: string
}

function Facts({ block, short = false, narrow = false, className = '' }: FactsProps) {
  const now = useNow(60_000)
  const { job, files } = block
  const took = job?.started_at && job.finished_at ? job.finished_at - job.started_at : null
  const kinds = (['final', 'preview', 'intermediate'] as const).filter((kind) => files[kind].length > 0)
  const facts = [
    now > 0 && formatMoment(block.at, now),
    took !== null && formatDuration(took),
    ...(short ? [] : kinds.map((kind) => count(files[kind].length, kindWords[kind].one))),
    block.size > 0 && !narrow && formatBytes(block.size),
  ].filter(Boolean)
  return (
    <span
      className={`truncate text-muted tabular-nums ${short ? 'text-xs' : 'text-sm'} ${className}`}
      title={now > 0 ? formatFull(block.at) : undefined}
    >
      {facts.join(' · ')}
    </span>
  )
}

const zipOf = (block: GalleryBlock, kind: 'final' | null) =>
  block.job === null
    ? { paths: kind === null ? block.paths : block.files.final.map((item) => item.path) }
    : { jobs: [block.id], ...(kind === null ? {} : { kinds: [kind] }) }

function BlockMenu({ block }: { block: GalleryBlock }) {
  const router = useRouter()
  const { selection } = useStudio()
  const { zip } = useZip()
  const { retry } = useJobActions()
  const remove = useDelete()
  const { job, files } = block
  const all = [...files.final, ...files.preview, ...files.intermediate]

  const items: MenuItem[] = []
  if (files.final.length > 0) {
    items.push({
      label: 'Select finals',
      icon: <SquareCheck size={16} aria-hidden />,
      onSelect: () => selection.getState().toggleAll(files.final),
    })
    items.push({
      label: 'Download finals',
      icon: <Download size={16} aria-hidden />,
      hint: formatBytes(files.final.reduce((sum, item) => sum + (item.size ?? 0), 0)),
      onSelect: () => void zip(zipOf(block, 'final')),
    })
  }
  if (all.length > files.final.length) {
    items.push({
      label: 'Download everything',
      icon: <Download size={16} aria-hidden />,
      hint: formatBytes(block.size),
      onSelect: () => void zip(zipOf(block, null)),
    })
  }
  if (job !== null) {
    items.push({
      label: 'Download with settings',
      icon: <Package size={16} aria-hidden />,
      onSelect: () => downloadByLink(packageUrl(job.id)),
    })
    if (job.workflow !== null) {
      const workflow = job.workflow.id
      items.push({
        label: 'Use these settings',
        icon: <SlidersHorizontal size={16} aria-hidden />,
        onSelect: () => router.push(`/run/${encodeURIComponent(workflow)}?from=${job.id}`),
      })
    }
    items.push({
      label: 'Run again, same seed',
      icon: <RotateCcw size={16} aria-hidden />,
      onSelect: () => void retry(job.id),
    })
  }
  const what = [
    ...(['final', 'preview', 'intermediate'] as const)
      .filter((kind) => files[kind].length > 0)
      .map((kind) => count(files[kind].length, kindWords[kind].one)),
    ...(block.size > 0 ? [formatBytes(block.size)] : []),
  ].join(', ')
  items.push({
    label: 'Move to trash',
    icon: <Trash2 size={16} aria-hidden />,
    danger: true,
    hint: formatBytes(block.size),
    onSelect: () => void remove('outputs', block.paths, what === '' ? block.title : `${block.title} (${what})`),
  })
  return (
    <Menu label={`More for ${block.title}`} items={items}>
      <Ellipsis size={18} aria-hidden />
    </Menu>
  )
}
