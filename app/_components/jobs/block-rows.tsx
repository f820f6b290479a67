'use client'
/** @file The rows of a block that are not pictures: why it has none, and the chips that unfold the rest. */
import { ChevronDown, ChevronRight, RotateCcw, TriangleAlert } from 'lucide-react'
import { memo, useState } from 'react'
import { formatBytes } from '../../_client/format/bytes.ts'
import { count, kindWords } from '../../_client/format/words.ts'
import { Cell } from '../grid/cell.tsx'
import { Button } from '../ui/button.tsx'
import { Status } from '../ui/status.tsx'
import { blockInWords } from './block-words.ts'
import { allFiles, type GalleryBlock } from './blocks.ts'
import { InterruptedActions } from './interrupted-actions.tsx'
import { needsAttention } from './needs-attention.ts'
import type { Fold, Group } from './rows.ts'

/** One sentence: what happened and what is kept. */
function noteOf({ error, status, files }: GalleryBlock): string {
  const finals = files.final.length
  const others = files.preview.length + files.intermediate.length
  const kept = finals + others === 0 ? 'No files were made.' : `${count(finals + others, 'file')} kept.`
  if (status === 'failed') {
    const at = error?.node ? ` at ${error.node}` : ''
    return `${firstLine(error?.message ?? 'It stopped with an error')}${at}. ${kept}`
  }
  if (status === 'interrupted') return `Stopped before it finished${finals + others === 0 ? '.' : ','} ${kept}`
  if (status === 'cancelled') return `Cancelled. ${kept}`
  if (finals + others === 0) return 'None of its files are left.'
  return others === 0 ? 'No final file.' : `No final file. ${count(others, 'other file')} kept.`
}

const firstLine = (text: string) => text.split('\n', 1)[0]!.replace(/[.\s]+$/, '')

export function BlockNote({ block }: { block: GalleryBlock }) {
  const failed = block.status === 'failed'
  return (
    <Cell className="pb-2 max-md:pb-3">
      <div
        className={`flex flex-wrap items-center justify-between gap-3 rounded-xl py-1 pr-1 pl-4 text-sm max-md:p-2.5 max-md:pl-4 ${failed ? 'bg-danger-soft' : 'bg-sunken'}`}
      >
        <p className="min-w-0 grow basis-64 text-pretty break-words">{noteOf(block)}</p>
        {needsAttention(block) ? <BlockInterrupted block={block} /> : canRetry(block) && <RetryButton job={block.id} />}
      </div>
    </Cell>
  )
}

/** A completed job, and one whose files are kept, is run again by its menu. */
const canRetry = ({ status }: GalleryBlock) => status === 'failed' || status === 'cancelled'

const BlockInterrupted = ({ block, short = false }: { block: GalleryBlock; short?: boolean }) => (
  <InterruptedActions
    job={block.id}
    retriable={block.recorded}
    hasFiles={allFiles(block).length > 0}
    what={blockInWords(block)}
    short={short}
  />
)

/** The same in a pack, as high as the pictures beside it. */
export function PackNote({ group, height }: { group: Group; height: number }) {
  const { block, left, note } = group
  return (
    <Cell className="absolute top-0" style={{ left, width: note, height }}>
      <div
        className={`flex size-full flex-col gap-1 overflow-hidden rounded-lg p-3 text-sm ${block.status === 'failed' ? 'bg-danger-soft' : 'bg-sunken'}`}
      >
        {/* What was interrupted says so in its sentence. */}
        <div className={`-mt-1 flex items-center justify-between gap-2 ${needsAttention(block) ? 'hidden' : ''}`}>
          {block.status && <Status status={block.status} quiet={block.kept} />}
          {canRetry(block) && <RetryButton job={block.id} short={note < 210} />}
        </div>
        <p className="line-clamp-4 min-h-0 text-pretty break-words" title={noteOf(block)}>
          {needsAttention(block) && (
            <TriangleAlert size={16} className="mr-1.5 inline align-text-bottom text-warn" aria-hidden />
          )}
          {noteOf(block)}
        </p>
        {needsAttention(block) && (
          <div className="mt-auto">
            <BlockInterrupted block={block} short />
          </div>
        )}
      </div>
    </Cell>
  )
}

export function RetryButton({ job, short = false }: { job: string; short?: boolean }) {
  const [busy, setBusy] = useState(false)
  const retry = async () => {
    setBusy(true)
    const { retryJob } = await import('./retry-job.ts')
    await retryJob(job)
    setBusy(false)
  }
  return (
    <Button needsPod busy={busy} className={short ? 'w-11 px-0! md:w-9' : ''} onClick={() => void retry()}>
      <RotateCcw size={16} aria-hidden />
      <span className={short ? 'sr-only' : ''}>Retry</span>
    </Button>
  )
}

interface FoldChipsProps {
  folds: readonly Fold[]
  onToggle: (key: string) => void
}

export const FoldChips = memo(({ folds, onToggle }: FoldChipsProps) => (
  <Cell className="flex flex-wrap gap-2 pt-1 pb-2">
    {folds.map((fold) => (
      <FoldChip key={fold.key} fold={fold} onToggle={onToggle} />
    ))}
  </Cell>
))

/** The chips of the jobs in a pack, each under its pictures. */
export const PackChips = memo(({ groups, onToggle }: { groups: readonly Group[]; onToggle: (key: string) => void }) => (
  <Cell className="relative h-12 md:h-9">
    {groups.map(({ block, folds, left, width }) => (
      <div key={block.id} className="absolute top-0 flex gap-1.5 overflow-hidden p-0.5" style={{ left, width }}>
        {folds.length > 1 && width < 210 ? (
          <MoreChip folds={folds} onToggle={onToggle} />
        ) : (
          folds.map((fold) => (
            <FoldChip key={fold.key} fold={fold} short={folds.length > 1 || width < 220} onToggle={onToggle} />
          ))
        )}
      </div>
    ))}
  </Cell>
))

/** No room for two chips: one for all that is folded. A pack's folds are closed; opened, the job gets rows of its own. */
function MoreChip({ folds, onToggle }: FoldChipsProps) {
  const words = folds.map((fold) => count(fold.items.length, kindWords[fold.kind].one)).join(', ')
  return (
    <button
      type="button"
      aria-expanded={false}
      aria-label={words}
      title={words}
      onClick={() => {
        for (const fold of folds) onToggle(fold.key)
      }}
      className="inline-flex h-11 items-center gap-1 rounded-full border border-line bg-surface pr-3 pl-2 text-xs hover:bg-hover md:h-8"
    >
      <ChevronRight size={16} aria-hidden />
      <span className="whitespace-nowrap">+{folds.reduce((sum, fold) => sum + fold.items.length, 0)} more</span>
    </button>
  )
}

const shortWords = { final: 'final', preview: 'prev.', intermediate: 'interm.' }

function FoldChip({ fold, short = false, onToggle }: { fold: Fold; short?: boolean; onToggle: (key: string) => void }) {
  const size = fold.items.reduce((sum, item) => sum + (item.size ?? 0), 0)
  const words = count(fold.items.length, kindWords[fold.kind].one)
  return (
    <button
      type="button"
      aria-expanded={fold.open}
      aria-label={`${words}, ${formatBytes(size)}`}
      title={`${words}, ${formatBytes(size)}`}
      onClick={() => onToggle(fold.key)}
      className={`inline-flex h-11 items-center gap-1 rounded-full border border-line bg-surface pl-2 hover:bg-hover md:h-8 ${short ? 'pr-2.5 text-xs' : 'pr-3.5 text-sm'}`}
    >
      {fold.open ? <ChevronDown size={16} aria-hidden /> : <ChevronRight size={16} aria-hidden />}
      <span className="whitespace-nowrap">{short ? `${fold.items.length} ${shortWords[fold.kind]}` : words}</span>
      {!short && size > 0 && <span className="whitespace-nowrap text-muted">{formatBytes(size)}</span>}
    </button>
  )
}
