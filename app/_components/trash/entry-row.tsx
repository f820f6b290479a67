'use client'
/** @file One entry of the trash: what it was, when it goes, and its buttons. Which of them is the tab stop is the list's to say. */
import { Film, Folder, Image as ImageIcon, RotateCcw, Trash2 } from 'lucide-react'
import type { MouseEvent } from 'react'
import type { TrashEntry } from '#contracts/assets'
import { mediaKindOfName } from '#contracts/media'
import { formatBytes } from '../../_client/format/bytes.ts'
import { formatAgo } from '../../_client/format/time.ts'
import { count, givenName, shortName } from '../../_client/format/words.ts'
import { fromTrashEntry } from '../../_client/media-item.ts'
import { useNow } from '../../_client/use-now.ts'
import { Cell } from '../grid/cell.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { CheckBox } from '../ui/check-box.tsx'
import { Thumbnail } from '../ui/thumbnail.tsx'

/** The one that opens the entry; the check box is before it, restoring and deleting after. */
export const mainColumn = 1

interface EntryRowProps {
  entry: TrashEntry
  /** in the list, from 0 */
  index: number
  /** column of the tab stop, when it is in this row */
  tabStop: number | null
  chosen: boolean
  /** Unix seconds */
  goesAt: number
  busy: boolean
  openable: boolean
  onClick: (event: MouseEvent) => void
  onToggle: () => void
  onRestore: () => void
  onPurge: () => void
}

export function EntryRow(props: EntryRowProps) {
  const { entry, index, tabStop, chosen, goesAt, busy, openable, onClick, onToggle, onRestore, onPurge } = props
  const now = useNow(30_000)
  const name = givenName(entry.path.split('/').at(-1) ?? entry.path)
  const picture = fromTrashEntry(entry)
  const Icon = entry.is_directory ? Folder : mediaKindOfName(name) === 'video' ? Film : ImageIcon
  const stop = (column: number) => ({ 'data-column': column, tabIndex: tabStop === column ? 0 : -1 })
  return (
    // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: a layout grid (W3C APG); what is inside takes the focus
    <div
      role="row"
      aria-rowindex={index + 1}
      aria-selected={chosen}
      data-entry={entry.id}
      className={`flex items-center gap-3 border-b border-line px-4 py-2 [contain-intrinsic-size:auto_4rem] [content-visibility:auto] last:border-0 ${chosen ? 'bg-accent-soft' : ''}`}
    >
      <Cell>
        <CheckBox label={`Select ${name}`} state={chosen ? 'all' : 'none'} onToggle={onToggle} {...stop(0)} />
      </Cell>
      <Cell header className="min-w-0 grow">
        <button
          type="button"
          aria-disabled={!openable}
          onClick={onClick}
          className={`flex w-full items-center gap-3 rounded-lg text-left ${openable ? 'hover:bg-hover' : 'cursor-default!'}`}
          {...stop(mainColumn)}
        >
          <span className="grid size-12 shrink-0 place-items-center overflow-hidden rounded-lg bg-sunken text-muted">
            {picture ? <Thumbnail item={picture} width={320} cover /> : <Icon size={20} aria-hidden />}
          </span>
          <span className="min-w-0 grow">
            <span className="block truncate text-sm font-medium" title={entry.path}>
              {shortName(name, 48)}
            </span>
            <span className="block text-xs text-muted tabular-nums sm:truncate">
              {[
                entry.files_gone
                  ? 'Settings of a job, its files are gone'
                  : entry.is_directory
                    ? 'Job'
                    : entry.type === 'inputs'
                      ? 'Input'
                      : null,
                formatBytes(entry.size),
                now > 0 && formatAgo(entry.trashed_at, now),
                now > 0 && purgeInWords(goesAt - now),
              ]
                .filter(Boolean)
                .join(' · ')}
            </span>
          </span>
        </button>
      </Cell>
      <Cell>
        <Button needsPod busy={busy} onClick={onRestore} {...stop(2)}>
          <RotateCcw size={16} aria-hidden />
          <span className="max-sm:sr-only">Restore</span>
        </Button>
      </Cell>
      <Cell>
        <IconButton
          needsPod
          label={`Delete ${name} for good`}
          busy={busy}
          className="md:ml-2"
          onClick={onPurge}
          {...stop(3)}
        >
          <Trash2 size={18} aria-hidden />
        </IconButton>
      </Cell>
    </div>
  )
}

/** @param seconds - until it goes */
const purgeInWords = (seconds: number) =>
  seconds < 3600
    ? 'goes within the hour'
    : seconds < 86_400
      ? 'goes today'
      : `goes in ${count(Math.round(seconds / 86_400), 'day')}`
