'use client'
/** @file What fills the disk, and what can go: each suggestion with its size, to the trash or for good. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import type { FreedStorage, Storage, StoredJob, Suggestion } from '#contracts/storage'
import type { CleanUp } from '#contracts/vocabulary'
import { restoreFromTrash } from '../../_client/actions/files.ts'
import { freeStorage } from '../../_client/actions/pod.ts'
import { useDelete } from '../../_client/actions/use-delete.ts'
import { inWords } from '../../_client/api-error.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { formatAgo, formatRoughly } from '../../_client/format/time.ts'
import { count } from '../../_client/format/words.ts'
import { notify } from '../../_client/notify.ts'
import { storageQuery } from '../../_client/queries/pod.ts'
import { useNow } from '../../_client/use-now.ts'
import { diskShare } from '../frame/rail.tsx'
import { Button, buttonClass, IconButton } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { inputClass } from '../ui/field.tsx'
import { Meter, toneOf } from '../ui/meter.tsx'
import { Failure } from '../ui/notice.tsx'
import { Panel } from '../ui/page.tsx'

const kindWords: Record<keyof Storage['by_kind'], string> = {
  finals: 'Finals',
  previews: 'Previews',
  intermediates: 'Intermediates',
  inputs: 'Inputs',
  models: 'Models',
  trash: 'Trash',
  cache: 'Thumbnails',
  other: 'Other',
}

export function StorageSection() {
  const [days, setDays] = useState(3)
  const storage = useQuery(storageQuery(days))
  if (storage.isError && storage.data === undefined) {
    return <Failure error={storage.error} onRetry={() => void storage.refetch()} />
  }
  const data = storage.data
  return (
    <Panel className="p-5 md:col-span-2">
      <h2 id="storage" className="scroll-mt-6 text-sm font-semibold text-muted">
        Storage
      </h2>
      {data === undefined ? (
        <div className="skeleton mt-3 h-40" />
      ) : (
        <>
          <Left storage={data} />
          <CleanUps storage={data} days={days} onDays={setDays} />
          <Kinds storage={data} />
          <Jobs storage={data} />
        </>
      )}
    </Panel>
  )
}

function Left({ storage: { disk, complete } }: { storage: Storage }) {
  const share = diskShare(disk)
  const left = disk.free === null ? null : `${formatBytes(disk.free)} left of ${formatBytes(disk.total ?? 0)}`
  return (
    <>
      <p className="mt-1 text-lg font-semibold">{left ?? 'The free space is not known'}</p>
      <p className="text-sm text-muted">
        {disk.seconds_left !== null && disk.seconds_left < 30 * 86_400
          ? `Full in ${formatRoughly(disk.seconds_left)} at today's rate. `
          : ''}
        {complete ? '' : 'Still being counted.'}
      </p>
      {share !== null && (
        <div className="mt-3">
          <Meter label="Disk" value={share} tone={toneOf(share)} />
        </div>
      )}
    </>
  )
}

const dayChoices = [0, 1, 3, 7, 30]

function CleanUps({ storage, days, onDays }: { storage: Storage; days: number; onDays: (days: number) => void }) {
  const cache = useQueryClient()
  const [ticked, setTicked] = useState<ReadonlySet<CleanUp>>(new Set())
  const [finals, setFinals] = useState(false)
  const [asking, setAsking] = useState(false)
  const [moved, setMoved] = useState<FreedStorage | null>(null)
  const chosen = storage.suggestions.filter(({ id }) => ticked.has(id))
  const sizeOf = (list: readonly Suggestion[]) =>
    list.reduce((sum, one) => sum + one.bytes + (finals ? one.finals.bytes : 0), 0)
  const movable = chosen.filter((one) => !one.for_good)
  const refresh = () => {
    for (const queryKey of [['storage'], ['trash'], ['system'], ['jobs'], ['assets']]) {
      void cache.invalidateQueries({ queryKey })
    }
  }
  const free = useMutation({
    mutationFn: freeStorage,
    onSuccess: (result, { for_good }) => {
      setTicked(new Set())
      setMoved(for_good === true || result.moved === 0 ? null : result)
      if (result.freed > 0) notify.success(`${formatBytes(result.freed)} freed`)
      if (result.errors.length > 0) notify.error(result.errors.slice(0, 3).join('\n'))
    },
    onError: (error) => notify.error(inWords(error)),
    onSettled: refresh,
  })
  const undo = useMutation({
    mutationFn: restoreFromTrash,
    onSuccess: () => setMoved(null),
    onError: (error) => notify.error(inWords(error)),
    onSettled: refresh,
  })
  const run = (list: readonly Suggestion[], for_good: boolean) =>
    free.mutate({ suggestions: list.map(({ id }) => id), days, for_good, finals })
  const offeredFinals = chosen.reduce((sum, one) => sum + one.finals.files, 0)

  return (
    <section aria-label="Clean up" className="mt-6">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h3 className="text-base font-semibold">What can go</h3>
        <label className="flex items-center gap-2 text-sm whitespace-nowrap text-muted">
          Older than
          <select
            value={days}
            onChange={(event) => onDays(Number(event.target.value))}
            className={`${inputClass} max-w-36`}
          >
            {dayChoices.map((choice) => (
              <option key={choice} value={choice}>
                {choice === 0 ? 'any age' : count(choice, 'day')}
              </option>
            ))}
          </select>
        </label>
      </div>
      {moved !== null && (
        <div role="status" className="mt-3 rounded-xl bg-accent-soft px-4 py-3 text-sm">
          <p>
            {formatBytes(moved.moved)} moved to the trash. <strong>It still takes its space</strong> until it is
            deleted.
          </p>
          <div className="mt-2 flex flex-wrap gap-2">
            <Button needsPod busy={undo.isPending} onClick={() => undo.mutate(moved.trashed)}>
              Undo
            </Button>
            <Link href="/trash" className={buttonClass('secondary')}>
              Look in the trash
            </Link>
          </div>
        </div>
      )}
      {storage.suggestions.length === 0 && <p className="mt-2 text-sm text-muted">Nothing to clean up.</p>}
      <ul className="mt-2">
        {storage.suggestions.map((one) => (
          <li key={one.id} className="border-b border-line last:border-0">
            <label className="flex min-h-11 items-center gap-3 py-2">
              <input
                type="checkbox"
                className="size-6 shrink-0 accent-(--accent) md:size-5"
                checked={ticked.has(one.id)}
                onChange={() => {
                  const next = new Set(ticked)
                  if (!next.delete(one.id)) next.add(one.id)
                  setTicked(next)
                }}
              />
              <span className="min-w-0 grow text-sm">{suggestionInWords(one, days)}</span>
              <span className="shrink-0 text-sm font-medium tabular-nums">{freedBy(one, finals)}</span>
            </label>
          </li>
        ))}
      </ul>
      {offeredFinals > 0 && (
        <label className="mt-2 flex min-h-11 items-center gap-3 text-sm">
          <input
            type="checkbox"
            checked={finals}
            onChange={() => setFinals(!finals)}
            className="size-6 accent-(--accent) md:size-5"
          />
          Also {count(offeredFinals, 'final')} among them
        </label>
      )}
      {chosen.length > 0 && (
        <div className="mt-3 flex flex-wrap gap-2">
          {movable.length > 0 && (
            <Button look="primary" needsPod busy={free.isPending} onClick={() => run(movable, false)}>
              Move {formatBytes(sizeOf(movable))} to the trash
            </Button>
          )}
          <Button look="danger" needsPod busy={free.isPending} onClick={() => setAsking(true)}>
            Delete now, free {formatBytes(sizeOf(chosen))}
          </Button>
        </div>
      )}
      <Confirm
        open={asking}
        title="Delete for good?"
        action={`Free ${formatBytes(sizeOf(chosen))}`}
        onConfirm={() => run(chosen, true)}
        onClose={() => setAsking(false)}
      >
        {chosen.map((one) => suggestionInWords(one, days)).join('; ')}. This cannot be undone.
        {offeredFinals === 0 || !finals ? ' Finals stay.' : ''}
      </Confirm>
    </section>
  )
}

/** What it would free; where only finals are in it and they stay, what it could. */
function freedBy({ bytes, finals }: Suggestion, withFinals: boolean): string {
  if (bytes === 0 && finals.bytes > 0 && !withFinals) return `up to ${formatBytes(finals.bytes)}`
  return formatBytes(bytes + (withFinals ? finals.bytes : 0))
}

function suggestionInWords({ id, files, jobs, finals }: Suggestion, days: number): string {
  const age = days === 0 ? '' : ` older than ${count(days, 'day')}`
  switch (id) {
    case 'intermediates':
      return `${count(files, 'intermediate')}${age}, of ${count(jobs, 'job')}`
    case 'rejected':
      // Finals among them go only when that is ticked below.
      return files === 0
        ? `${count(finals.files, 'rejected final')}, kept unless asked for`
        : count(files, 'rejected file')
    case 'unfinished':
      return `${count(files, 'file')} left by failed, cancelled and interrupted jobs`
    case 'unused_inputs':
      return `${count(files, 'input')}${age} that no job uses`
    case 'duplicates':
      return files === 0
        ? `${count(finals.files, 'final')} that Inputs hold as well, kept unless asked for`
        : `${count(files, 'file')} that Inputs hold as well: results used as inputs, pictures uploaded twice`
    case 'thumbnails':
      return `${count(files, 'thumbnail')}, made again when needed`
    case 'trash':
      return `${count(files, 'deletion')} in the trash, for good`
  }
}

function Kinds({ storage: { by_kind, by_age } }: { storage: Storage }) {
  const rows = Object.entries(by_kind).sort((a, b) => b[1].bytes - a[1].bytes) as [
    keyof Storage['by_kind'],
    { bytes: number; files: number },
  ][]
  const ages = by_age.map(({ days, ...rest }): [string, { bytes: number; files: number }] => [
    days === null ? 'Older' : `Up to ${count(days, 'day')}`,
    rest,
  ])
  return (
    <div className="mt-6 grid gap-8 md:grid-cols-2">
      <Bars caption="By kind" rows={rows.map(([kind, amount]) => [kindWords[kind], amount])} />
      <Bars caption="By age, outputs and inputs" rows={ages} />
    </div>
  )
}

function Bars({ caption, rows }: { caption: string; rows: [string, { bytes: number; files: number }][] }) {
  const largest = Math.max(1, ...rows.map(([, { bytes }]) => bytes))
  return (
    <table className="w-full self-start text-sm">
      <caption className="pb-1 text-left text-base font-semibold">{caption}</caption>
      <tbody>
        {rows.map(([name, { bytes, files }]) => (
          <tr key={name} className="border-b border-line last:border-0">
            <th scope="row" className="w-32 py-2 pr-3 text-left font-medium">
              {name}
            </th>
            <td className="py-2 max-sm:hidden">
              <div className="h-2 rounded-full bg-line-strong" style={{ width: `${(bytes / largest) * 100}%` }} />
            </td>
            <td className="w-32 py-2 pl-3 text-right tabular-nums" title={count(files, 'file')}>
              {formatBytes(bytes)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const shownJobs = 10

/** A job that may still write has nothing that could go. */
function DiscardJob({ job: { job, name, status, bytes } }: { job: StoredJob }) {
  const remove = useDelete()
  const [busy, setBusy] = useState(false)
  if (status === 'running' || status === 'queued') return <span className="w-11 shrink-0 md:w-9" />
  const what = `${name ?? job} (${formatBytes(bytes)})`
  return (
    <IconButton
      needsPod
      label={`Move ${what} to the trash`}
      busy={busy}
      onClick={() => {
        setBusy(true)
        void remove('outputs', [job], what).finally(() => setBusy(false))
      }}
    >
      <Trash2 size={18} aria-hidden />
    </IconButton>
  )
}

function Jobs({ storage: { by_job } }: { storage: Storage }) {
  const [all, setAll] = useState(false)
  const now = useNow(60_000)
  if (by_job.length === 0) return null
  return (
    <section className="mt-6" aria-label="Largest jobs">
      <h3 className="text-base font-semibold">Largest jobs</h3>
      <ul className="mt-1 text-sm">
        {by_job.slice(0, all ? undefined : shownJobs).map((job) => (
          <li key={job.job} className="flex min-h-11 items-center gap-3 border-b border-line py-1 last:border-0">
            <span className="min-w-0 grow truncate" title={job.job}>
              {job.status === null ? (
                job.job
              ) : (
                <Link
                  href={`/jobs/${job.job}`}
                  prefetch={false}
                  className="inline-block leading-6 underline-offset-4 hover:underline"
                >
                  {job.name ?? job.job}
                </Link>
              )}
              <span className="text-muted">{now > 0 && ` · ${formatAgo(job.modified, now)}`}</span>
            </span>
            <span className="text-muted tabular-nums max-sm:hidden">
              {formatBytes(job.finals)} finals, {formatBytes(job.intermediates + job.previews)} on the way
            </span>
            <span className="w-20 text-right font-medium tabular-nums">{formatBytes(job.bytes)}</span>
            <DiscardJob job={job} />
          </li>
        ))}
      </ul>
      {by_job.length > shownJobs && !all && (
        <Button look="quiet" onClick={() => setAll(true)}>
          Show {by_job.length}
        </Button>
      )}
    </section>
  )
}
