'use client'
/** @file The head of a block: what it is, how it ended, when, how much; select, download, use again, delete. */
import {
  Check,
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
import { isSelected, isSelecting } from '../../_client/state/selection.ts'
import { useSelection, useStudio } from '../../_client/studio.tsx'
import { downloadByLink, packageUrl } from '../../_client/urls.ts'
import { useNow } from '../../_client/use-now.ts'
import { Cell } from '../grid/cell.tsx'
import { IconButton } from '../ui/button.tsx'
import { Menu, type MenuItem } from '../ui/menu.tsx'
import { Status } from '../ui/status.tsx'
import { allFiles, type GalleryBlock } from './blocks.ts'
import type { Group } from './rows.ts'

export const JobHeader = memo(function JobHeader({ block }: { block: GalleryBlock }) {
  const { zip, busy } = useZip()
  return (
    <Cell className="flex items-center gap-2 pt-5 pb-2.5">
      <SelectJob block={block} />
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

/** The circle before a job's name: its finals, or without finals everything. What else it has is offered, not taken. */
function SelectJob({ block, className = '' }: { block: GalleryBlock; className?: string }) {
  const { selection } = useStudio()
  const { final, preview, intermediate } = block.files
  const chosen = final.length > 0 ? final : allFiles(block)
  const all = useSelection((state) => chosen.length > 0 && chosen.every((item) => isSelected(state, item)))
  const selecting = useSelection(isSelecting)
  if (chosen.length === 0) return null
  const rest = final.length > 0 ? [...preview, ...intermediate] : []
  return (
    <button
      type="button"
      aria-pressed={all}
      aria-label={`${all ? 'Deselect' : 'Select'} the ${final.length > 0 ? 'finals' : 'files'} of ${block.title}`}
      onClick={() => selection.getState().toggleAll(chosen, rest)}
      className={`group/circle -ml-2 grid size-11 shrink-0 place-items-center md:size-8 ${all || selecting ? '' : ''} ${className}`}
    >
      <span
        className={`grid size-5 place-items-center rounded-full border-2 ${all ? 'border-accent bg-accent text-on-accent' : 'border-line-strong text-transparent group-hover/circle:text-muted'}`}
      >
        <Check size={12} strokeWidth={3} aria-hidden />
      </span>
    </button>
  )
}

/** The head of a job in a pack: as wide as its pictures, so the name on one line and the facts on the next. */
export const PackHeader = memo(function PackHeader({ group }: { group: Group }) {
  const { block, left, width } = group
  const selecting = useSelection(isSelecting)
  return (
    <div className="group/head absolute inset-y-0 flex items-center gap-1 pt-4 pb-1.5" style={{ left, width }}>
      {selecting && <SelectJob block={block} />}
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
  const { files, seconds } = block
  const kinds = (['final', 'preview', 'intermediate'] as const).filter((kind) => files[kind].length > 0)
  const facts = [
    now > 0 && formatMoment(block.at, now),
    seconds !== null && formatDuration(seconds),
    ...(short ? [] : kinds.map((kind) => count(files[kind].length, kindWords[kind].one, kindWords[kind].many))),
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
  block.status === null
    ? { paths: kind === null ? block.paths : block.files.final.map((item) => item.path) }
    : { jobs: [block.id], ...(kind === null ? {} : { kinds: [kind] }) }

function BlockMenu({ block }: { block: GalleryBlock }) {
  const router = useRouter()
  const { selection } = useStudio()
  const { zip } = useZip()
  const { retry } = useJobActions()
  const remove = useDelete()
  const { files, workflow } = block
  const all = allFiles(block)

  const items: MenuItem[] = []
  if (files.final.length > 0) {
    items.push({
      label: 'Select finals',
      icon: <SquareCheck size={16} aria-hidden />,
      onSelect: () => selection.getState().toggleAll(files.final, [...files.preview, ...files.intermediate]),
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
  if (block.status !== null) {
    items.push({
      label: 'Download with settings',
      icon: <Package size={16} aria-hidden />,
      onSelect: () => downloadByLink(packageUrl(block.id)),
    })
    if (workflow !== null) {
      items.push({
        label: 'Use these settings',
        icon: <SlidersHorizontal size={16} aria-hidden />,
        onSelect: () => router.push(`/run/${encodeURIComponent(workflow)}?from=${block.id}`),
      })
    }
    items.push({
      label: 'Run again, same seed',
      icon: <RotateCcw size={16} aria-hidden />,
      onSelect: () => void retry(block.id),
    })
  }
  const what = [
    ...(['final', 'preview', 'intermediate'] as const)
      .filter((kind) => files[kind].length > 0)
      .map((kind) => count(files[kind].length, kindWords[kind].one, kindWords[kind].many)),
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
