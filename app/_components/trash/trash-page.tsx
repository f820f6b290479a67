'use client'
/** @file The trash: take things back, or delete them for good. Only deleting for good frees space, and it says so. */
import { useQuery } from '@tanstack/react-query'
import { RotateCcw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { TrashEntry } from '#contracts/assets'
import { useTrash } from '../../_client/actions/use-trash.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { count } from '../../_client/format/words.ts'
import { type MediaItem, trashEntryOf } from '../../_client/media-item.ts'
import { trashQuery } from '../../_client/queries/trash.ts'
import { Button } from '../ui/button.tsx'
import { CheckBox } from '../ui/check-box.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { Empty, Failure } from '../ui/notice.tsx'
import { Column, PageHead, Panel } from '../ui/page.tsx'
import { part } from '../ui/part.tsx'
import { TrashList } from './trash-list.tsx'
import { useChosen } from './use-chosen.ts'
import { useTrashViewer } from './use-trash-viewer.ts'

const Viewer = part(() => import('../viewer/viewer.tsx').then((module) => module.Viewer))

const noEntries: readonly TrashEntry[] = []

/** Rows drawn at first, and with each "more": a clean-up may bring thousands. */
const atOnce = 200

export function TrashPage() {
  const trash = useQuery(trashQuery)
  const [doomed, setDoomed] = useState<readonly TrashEntry[] | null>(null)
  const [shown, setShown] = useState(atOnce)
  const entries = trash.data?.entries ?? noEntries
  const chosen = useChosen(entries)
  const { restore, purge, busy } = useTrash()
  const total = trash.data?.total_size ?? 0
  const viewer = useTrashViewer(entries)
  const entriesOf = (item: MediaItem) => entries.filter(({ id }) => id === trashEntryOf(item))
  const doomedSize = sizeOf(doomed ?? noEntries)
  const keeps = trash.data?.keeps
  const goesAt = ({ trashed_at, files_gone }: TrashEntry) =>
    trashed_at + 86_400 * ((files_gone ? keeps?.settings_days : keeps?.days) ?? 7)
  const showMore = () => setShown(shown + atOnce)
  const some = chosen.entries.length

  return (
    <Column>
      <PageHead
        title="Trash"
        about={
          entries.length === 0
            ? 'Deleted files wait here.'
            : `${count(entries.length, 'item')}, ${formatBytes(total)}. They take space until deleted for good, after ${count(trash.data?.keeps.days ?? 7, 'day')} or when the disk is nearly full.`
        }
        actions={
          entries.length > 0 && (
            <>
              <Button needsPod busy={busy} onClick={() => restore(entries)}>
                <RotateCcw size={16} aria-hidden />
                Restore all
              </Button>
              <Button look="danger" needsPod busy={busy} onClick={() => setDoomed(entries)}>
                Empty, free {formatBytes(total)}
              </Button>
            </>
          )
        }
      />
      {trash.isError && trash.data === undefined && (
        <Failure error={trash.error} onRetry={() => void trash.refetch()} />
      )}
      {trash.isSuccess && entries.length === 0 && (
        <Empty icon={<Trash2 size={26} />} title="Empty">
          What you delete comes here first and can be taken back, for {count(trash.data.keeps.days, 'day')}.
        </Empty>
      )}
      {entries.length > 0 && (
        <Panel>
          <div className="flex min-h-14 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-1">
            <CheckBox
              label="Select all"
              state={some === 0 ? 'none' : some === entries.length ? 'all' : 'some'}
              onToggle={some === entries.length ? chosen.none : chosen.all}
            />
            <p className="min-w-0 grow text-sm text-muted tabular-nums" aria-live="polite">
              {some === 0
                ? 'Nothing selected'
                : `${count(some, 'item')} selected, ${formatBytes(sizeOf(chosen.entries))}`}
            </p>
            {some > 0 && (
              <>
                <Button needsPod busy={busy} onClick={() => restore(chosen.entries)}>
                  Restore selected
                </Button>
                <Button needsPod busy={busy} onClick={() => setDoomed(chosen.entries)}>
                  Delete selected
                </Button>
              </>
            )}
          </div>
          <TrashList
            entries={entries}
            shown={shown}
            onShowMore={showMore}
            chosen={chosen}
            goesAt={goesAt}
            busy={busy}
            openable={viewer.openable}
            onOpen={(entry) => void viewer.open(entry)}
            onRestore={restore}
            onPurge={setDoomed}
          />
          {entries.length > shown && (
            <div className="flex justify-center p-4">
              <Button onClick={showMore}>
                Show {Math.min(atOnce, entries.length - shown)} more of {entries.length - shown}
              </Button>
            </div>
          )}
        </Panel>
      )}
      <Confirm
        open={doomed !== null}
        title="Delete for good?"
        action={`Delete ${count(doomed?.length ?? 0, 'item')}`}
        onConfirm={() => doomed && purge(doomed)}
        onClose={() => setDoomed(null)}
      >
        This frees {formatBytes(doomedSize)} and cannot be undone.
      </Confirm>
      {viewer.items.some(({ path }) => path === viewer.file) && (
        <Viewer
          items={viewer.items}
          path={viewer.file}
          trashed={{
            restore: (item) => restore(entriesOf(item)),
            purge: (item) => purge(entriesOf(item)),
            nameOf: (item) => (entriesOf(item)[0]?.is_directory ? 'The whole job' : item.name),
          }}
        />
      )}
    </Column>
  )
}

const sizeOf = (entries: readonly TrashEntry[]) => entries.reduce((sum, entry) => sum + entry.size, 0)
