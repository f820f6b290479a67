'use client'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Film, Folder, Image as ImageIcon, RotateCcw, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
/** @file The trash: take things back, or delete them for good. Only deleting for good frees space, and it says so. */
import type { TrashEntry } from '#contracts/assets'
import { mediaKindOfName } from '#contracts/media'
import { purgeFromTrash, restoreFromTrash } from '../../_client/actions/files.ts'
import { inWords } from '../../_client/api-error.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { formatAgo } from '../../_client/format/time.ts'
import { count, givenName, shortName } from '../../_client/format/words.ts'
import { fromTrash, fromTrashEntry, type MediaItem, trashEntryOf } from '../../_client/media-item.ts'
import { notify } from '../../_client/notify.ts'
import { jobListsKey } from '../../_client/queries/jobs.ts'
import { trashFilesQuery, trashQuery } from '../../_client/queries/trash.ts'
import { pushParams, useParam } from '../../_client/url-state.ts'
import { useNow } from '../../_client/use-now.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { Empty, Failure } from '../ui/notice.tsx'
import { Column, PageHead, Panel } from '../ui/page.tsx'
import { part } from '../ui/part.tsx'
import { Thumbnail } from '../ui/thumbnail.tsx'

const Viewer = part(() => import('../viewer/viewer.tsx').then((module) => module.Viewer))

const noEntries: readonly TrashEntry[] = []

/** Rows drawn at first, and with each "more": a clean-up may bring thousands. */
const atOnce = 200

export function TrashPage() {
  const trash = useQuery(trashQuery)
  const cache = useQueryClient()
  const [doomed, setDoomed] = useState<readonly TrashEntry[] | null>(null)
  const [shown, setShown] = useState(atOnce)
  const entries = trash.data?.entries ?? noEntries
  const { chosen, toggle, toggleAll } = useChosen(entries)

  const settle = (words: string) => ({
    onSuccess: ({ done, errors }: { done: string[]; errors: string[] }) => {
      if (done.length > 0) notify.success(`${words} ${count(done.length, 'item')}`)
      if (errors.length > 0) notify.error(errors.slice(0, 3).join('\n'))
      void cache.invalidateQueries({ queryKey: trashQuery.queryKey })
      void cache.invalidateQueries({ queryKey: jobListsKey })
      void cache.invalidateQueries({ queryKey: ['assets'] })
    },
    onError: (error: unknown) => notify.error(inWords(error)),
  })
  const restore = useMutation({ mutationFn: restoreFromTrash, ...settle('Restored') })
  const purge = useMutation({ mutationFn: purgeFromTrash, ...settle('Deleted') })
  const busy = restore.isPending || purge.isPending
  const total = trash.data?.total_size ?? 0
  const ids = (list: readonly TrashEntry[]) => list.map((entry) => entry.id)
  const viewer = useTrashViewer(entries)
  const entryOf = (item: MediaItem) => entries.find(({ id }) => id === trashEntryOf(item))
  const doomedSize = sizeOf(doomed ?? noEntries)

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
              <Button needsPod busy={busy} onClick={() => restore.mutate(ids(entries))}>
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
            <Choice
              label="Select all"
              state={chosen.length === 0 ? 'none' : chosen.length === entries.length ? 'all' : 'some'}
              onToggle={toggleAll}
            />
            <p className="min-w-0 grow text-sm text-muted tabular-nums" aria-live="polite">
              {chosen.length === 0
                ? 'Nothing selected'
                : `${count(chosen.length, 'item')} selected, ${formatBytes(sizeOf(chosen))}`}
            </p>
            {chosen.length > 0 && (
              <>
                <Button needsPod busy={busy} onClick={() => restore.mutate(ids(chosen))}>
                  Restore selected
                </Button>
                <Button needsPod busy={busy} onClick={() => setDoomed(chosen)}>
                  Delete selected
                </Button>
              </>
            )}
          </div>
          <ul>
            {entries.slice(0, shown).map((entry) => (
              <Entry
                key={entry.id}
                entry={entry}
                chosen={chosen.includes(entry)}
                onToggle={() => toggle(entry.id)}
                days={entry.files_gone ? (trash.data?.keeps.settings_days ?? 30) : (trash.data?.keeps.days ?? 7)}
                busy={busy}
                onOpen={viewer.openable(entry) ? () => void viewer.open(entry) : null}
                onRestore={() => restore.mutate([entry.id])}
                onPurge={() => setDoomed([entry])}
              />
            ))}
          </ul>
          {entries.length > shown && (
            <div className="flex justify-center p-4">
              <Button onClick={() => setShown(shown + atOnce)}>
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
        onConfirm={() => doomed && purge.mutate(ids(doomed))}
        onClose={() => setDoomed(null)}
      >
        This frees {formatBytes(doomedSize)} and cannot be undone.
      </Confirm>
      {viewer.items.some(({ path }) => path === viewer.file) && (
        <Viewer
          items={viewer.items}
          path={viewer.file}
          trashed={{
            restore: (item) => restore.mutate([trashEntryOf(item)]),
            purge: (item) => purge.mutate([trashEntryOf(item)]),
            nameOf: (item) => (entryOf(item)?.is_directory ? 'The whole job' : item.name),
          }}
        />
      )}
    </Column>
  )
}

const sizeOf = (entries: readonly TrashEntry[]) => entries.reduce((sum, entry) => sum + entry.size, 0)

/** Which entries are selected. What is gone by now is not, though it was. */
function useChosen(entries: readonly TrashEntry[]) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const chosen = useMemo(() => entries.filter(({ id }) => ids.has(id)), [entries, ids])
  return {
    chosen,
    toggle: (id: string) => setIds(new Set(ids.has(id) ? [...ids].filter((other) => other !== id) : [...ids, id])),
    toggleAll: () => setIds(new Set(chosen.length === entries.length ? [] : entries.map(({ id }) => id))),
  }
}

interface ChoiceProps {
  label: string
  state: 'none' | 'some' | 'all'
  onToggle: () => void
}

/** A check box with room for a finger around it. */
const Choice = ({ label, state, onToggle }: ChoiceProps) => (
  <label className="-ml-3 grid size-11 shrink-0 cursor-pointer place-items-center md:size-9">
    <input
      type="checkbox"
      aria-label={label}
      checked={state === 'all'}
      ref={(box) => {
        if (box) box.indeterminate = state === 'some'
      }}
      onChange={onToggle}
      className="size-5 accent-(--accent)"
    />
  </label>
)

/** Looking at what lies there: all single files as one row; the files of a job among themselves. What is open is in the address. */
function useTrashViewer(entries: readonly TrashEntry[]) {
  const [file] = useParam('file')
  const cache = useQueryClient()
  const shown = entries.find(({ id }) => id === file.split('/', 1)[0])
  const inJob = useQuery({ ...trashFilesQuery(shown?.id ?? ''), enabled: shown?.is_directory ?? false }).data
  const items = useMemo(() => {
    if (shown === undefined) return []
    if (shown.is_directory) return inJob?.files.map(fromTrash) ?? []
    return entries.map(fromTrashEntry).filter((item) => item !== null)
  }, [entries, shown, inJob])
  return {
    file,
    items,
    openable: (entry: TrashEntry) => (entry.is_directory ? !entry.files_gone : fromTrashEntry(entry) !== null),
    async open(entry: TrashEntry) {
      const single = fromTrashEntry(entry)
      if (single) return pushParams({ file: single.path })
      try {
        const [first] = (await cache.fetchQuery(trashFilesQuery(entry.id))).files
        if (first) pushParams({ file: first.path })
        else notify.plain('It has no pictures or videos')
      } catch (error) {
        notify.error(inWords(error))
      }
    },
  }
}

interface EntryProps {
  entry: TrashEntry
  chosen: boolean
  onToggle: () => void
  /** how long it stays after it was deleted */
  days: number
  busy: boolean
  /** shows it large; null for what cannot be shown */
  onOpen: (() => void) | null
  onRestore: () => void
  onPurge: () => void
}

function Entry({ entry, chosen, onToggle, days, busy, onOpen, onRestore, onPurge }: EntryProps) {
  const now = useNow(30_000)
  const name = givenName(entry.path.split('/').at(-1) ?? entry.path)
  const picture = fromTrashEntry(entry)
  const Icon = entry.is_directory ? Folder : mediaKindOfName(name) === 'video' ? Film : ImageIcon
  return (
    <li className="flex items-center gap-3 border-b border-line px-4 py-2 [contain-intrinsic-size:auto_4rem] [content-visibility:auto] last:border-0">
      <Choice label={`Select ${name}`} state={chosen ? 'all' : 'none'} onToggle={onToggle} />
      <button
        type="button"
        disabled={onOpen === null}
        onClick={onOpen ?? undefined}
        className="flex min-w-0 grow items-center gap-3 rounded-lg text-left enabled:hover:bg-hover"
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
              now > 0 && purgeInWords(entry.trashed_at + days * 86_400 - now),
            ]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </span>
      </button>
      <Button needsPod busy={busy} onClick={onRestore}>
        <RotateCcw size={16} aria-hidden />
        <span className="max-sm:sr-only">Restore</span>
      </Button>
      <IconButton needsPod label={`Delete ${name} for good`} busy={busy} className="md:ml-2" onClick={onPurge}>
        <Trash2 size={18} aria-hidden />
      </IconButton>
    </li>
  )
}

/** @param seconds - until it goes */
const purgeInWords = (seconds: number) =>
  seconds < 3600
    ? 'goes within the hour'
    : seconds < 86_400
      ? 'goes today'
      : `goes in ${count(Math.round(seconds / 86_400), 'day')}`
