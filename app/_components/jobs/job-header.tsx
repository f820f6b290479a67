'use client'
/** @file The head of a block: what it is, how it ended, when, how much; select, download, use again, delete. */
import { Check, CircleCheck, Download, Ellipsis, TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { memo, useState } from 'react'
import { formatBytes } from '../../_client/format/bytes.ts'
import { formatDuration, formatFull, formatMoment } from '../../_client/format/time.ts'
import { count, kindWords } from '../../_client/format/words.ts'
import { isSelected } from '../../_client/state/selection.ts'
import { useSelection, useStudio } from '../../_client/studio.tsx'
import { useNow } from '../../_client/use-now.ts'
import { Cell } from '../grid/cell.tsx'
import { IconButton } from '../ui/button.tsx'
import { part } from '../ui/part.tsx'
import { Status } from '../ui/status.tsx'
import { RetryButton } from './block-rows.tsx'
import { allFiles, type GalleryBlock } from './blocks.ts'
import type { Group } from './rows.ts'

export const JobHeader = memo(function JobHeader({ block, retry }: { block: GalleryBlock; retry: boolean }) {
  return (
    <div className="flex items-center gap-2 pt-5 pb-2.5">
      <SelectJob block={block} />
      <Cell header className="flex min-w-0 grow flex-wrap items-center gap-x-3 gap-y-0.5">
        <h2 className="max-w-full text-base font-semibold">
          <Title block={block} />
        </h2>
        {block.status && <Status status={block.status} quiet={block.kept} />}
        <Facts block={block} className="w-full sm:w-auto" />
      </Cell>
      <Cell className="contents">
        {retry && <RetryButton job={block.id} />}
        {block.files.final.length > 0 && (
          <IconButton
            needsPod
            label={`Download the finals of ${block.title}`}
            onClick={() => void import('./download-finals.ts').then(({ downloadFinals }) => downloadFinals(block))}
          >
            <Download size={18} aria-hidden />
          </IconButton>
        )}
        <BlockMenuButton block={block} />
      </Cell>
    </div>
  )
})

/** What the strip at the top of the gallery says while a job's own head is out of sight. */
export const JobStrip = ({ block }: { block: GalleryBlock }) => (
  <>
    <SelectJob block={block} />
    <div className="flex min-w-0 grow items-center gap-3">
      <p className="min-w-0 shrink-0 max-w-3/5 text-sm font-semibold">
        <Title block={block} />
      </p>
      {block.status && <Status status={block.status} quiet={block.kept} />}
      <span className="truncate text-sm text-muted tabular-nums">{countsOf(block).join(' · ')}</span>
    </div>
  </>
)

/** `3 finals`, `12 intermediates` */
const countsOf = ({ files }: GalleryBlock) =>
  (['final', 'preview', 'intermediate'] as const)
    .filter((kind) => files[kind].length > 0)
    .map((kind) => count(files[kind].length, kindWords[kind].one, kindWords[kind].many))

/** A job's name leads to its page. A folder without a record that can be read has none. */
const Title = ({ block }: { block: GalleryBlock }) =>
  !block.recorded ? (
    <span className="block truncate leading-6">{block.title}</span>
  ) : (
    // Hundreds may be on the page: none is fetched before it is asked for.
    <Link
      href={`/jobs/${block.id}`}
      prefetch={false}
      className="block truncate leading-6 underline-offset-4 hover:underline"
    >
      {block.title}
    </Link>
  )

/** The circle before a job's name: its finals, or without finals everything. What else it has is offered, not taken. */
function SelectJob({ block }: { block: GalleryBlock }) {
  const { selection } = useStudio()
  const { final, preview, intermediate } = block.files
  const chosen = final.length > 0 ? final : allFiles(block)
  const all = useSelection((state) => chosen.length > 0 && chosen.every((item) => isSelected(state, item)))
  if (chosen.length === 0) return null
  const rest = final.length > 0 ? [...preview, ...intermediate] : []
  return (
    <Cell className="contents">
      <button
        type="button"
        aria-pressed={all}
        aria-label={`${all ? 'Deselect' : 'Select'} the ${final.length > 0 ? 'finals' : 'files'} of ${block.title}`}
        onClick={() => selection.getState().toggleAll(chosen, rest)}
        className="group/circle -ml-2 grid size-11 shrink-0 place-items-center md:size-8"
      >
        <span
          className={`grid size-5 place-items-center rounded-full border-2 ${all ? 'border-accent bg-accent text-on-accent' : 'border-line-strong text-transparent group-hover/circle:text-muted'}`}
        >
          <Check size={12} strokeWidth={3} aria-hidden />
        </span>
      </button>
    </Cell>
  )
}

/** The head of a job in a pack: as wide as its pictures, so the name on one line and the facts on the next. */
export const PackHeader = memo(function PackHeader({ group }: { group: Group }) {
  const { block, left, width } = group
  return (
    <div className="group/head absolute inset-y-0 flex items-center gap-1 pt-4 pb-1.5" style={{ left, width }}>
      <SelectJob block={block} />
      <Cell header className="min-w-0 grow">
        <h2 className="text-sm font-semibold">
          <Title block={block} />
        </h2>
        <p className="flex min-w-0 items-center gap-1.5">
          {block.status === 'completed' && (
            <>
              <CircleCheck size={14} className="shrink-0 text-ok" aria-hidden />
              <span className="sr-only">Done</span>
            </>
          )}
          {block.kept && (
            <>
              <TriangleAlert size={14} className="shrink-0 text-muted" aria-hidden />
              <span className="sr-only">Interrupted, files kept</span>
            </>
          )}
          <Facts block={block} short narrow={width < 200} />
        </p>
      </Cell>
      <Cell className="contents">
        <BlockMenuButton block={block} />
      </Cell>
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
  const { seconds } = block
  const facts = [
    now > 0 && formatMoment(block.at, now),
    seconds !== null && formatDuration(seconds),
    ...(short ? [] : countsOf(block)),
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

const BlockMenu = part(() => import('./block-menu.tsx').then((module) => module.BlockMenu))

/** The menu itself comes with the first click. */
function BlockMenuButton({ block }: { block: GalleryBlock }) {
  const [asked, setAsked] = useState(false)
  if (asked) return <BlockMenu block={block} />
  return (
    <IconButton label={`More for ${block.title}`} aria-haspopup="menu" onClick={() => setAsked(true)}>
      <Ellipsis size={18} aria-hidden />
    </IconButton>
  )
}
