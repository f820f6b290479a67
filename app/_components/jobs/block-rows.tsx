'use client'
/** @file The rows of a block that are not pictures: why it has none, and the chips that unfold the rest. */
import { ChevronDown, ChevronRight, RotateCcw } from 'lucide-react'
import { useJobActions } from '../../_client/actions/use-job-actions.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { count, kindWords } from '../../_client/format/words.ts'
import { Cell } from '../grid/cell.tsx'
import { Button } from '../ui/button.tsx'
import type { GalleryBlock } from './blocks.ts'
import type { Fold } from './rows.ts'

/** One sentence: what happened and what is kept. */
function noteOf({ job, status, files }: GalleryBlock): string {
  const finals = files.final.length
  const others = files.preview.length + files.intermediate.length
  const kept = finals + others === 0 ? 'No files were made.' : `${count(finals + others, 'file')} kept.`
  if (status === 'failed') {
    const at = job?.error?.node_type ? ` at ${job.error.node_type}` : ''
    return `${firstLine(job?.error?.message ?? 'It stopped with an error')}${at}. ${kept}`
  }
  if (status === 'interrupted') return `Stopped before it finished. ${kept}`
  if (status === 'cancelled') return `Cancelled. ${kept}`
  return others === 0 ? 'No final file.' : `No final file. ${count(others, 'other file')} kept.`
}

const firstLine = (text: string) => text.split('\n', 1)[0]!.replace(/[.\s]+$/, '')

export function BlockNote({ block }: { block: GalleryBlock }) {
  const { retry, busy } = useJobActions()
  const failed = block.status === 'failed'
  return (
    <Cell className="pb-3">
      <div
        className={`flex flex-wrap items-center justify-between gap-3 rounded-xl px-4 py-2.5 text-sm ${failed ? 'bg-danger-soft' : 'bg-sunken'}`}
      >
        <p className="min-w-0 grow basis-64 text-pretty break-words">{noteOf(block)}</p>
        {block.job !== null && block.status !== 'completed' && (
          <Button busy={busy} onClick={() => void retry(block.id)}>
            <RotateCcw size={16} aria-hidden />
            Retry
          </Button>
        )}
      </div>
    </Cell>
  )
}

interface FoldChipsProps {
  folds: readonly Fold[]
  onToggle: (key: string) => void
}

export function FoldChips({ folds, onToggle }: FoldChipsProps) {
  return (
    <Cell className="flex flex-wrap gap-2 pt-1 pb-2">
      {folds.map((fold) => {
        const size = fold.items.reduce((sum, item) => sum + (item.size ?? 0), 0)
        return (
          <button
            key={fold.key}
            type="button"
            aria-expanded={fold.open}
            onClick={() => onToggle(fold.key)}
            className="inline-flex h-11 items-center gap-1.5 rounded-full border border-line bg-surface pr-4 pl-3 text-sm hover:bg-hover md:h-8"
          >
            {fold.open ? <ChevronDown size={16} aria-hidden /> : <ChevronRight size={16} aria-hidden />}
            {count(fold.items.length, kindWords[fold.kind].one)}
            {size > 0 && <span className="text-muted">{formatBytes(size)}</span>}
          </button>
        )
      })}
    </Cell>
  )
}
