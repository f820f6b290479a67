'use client'
/** @file What every row of the queue and its history has: a picture, the workflow's name, the state in icon and word. */
import { Image as ImageIcon } from 'lucide-react'
import Link from 'next/link'
import type { GraphSetting, Job } from '#contracts/jobs'
import { fromInputName, itemsOfJob, type MediaItem } from '../../_client/media-item.ts'
import { CheckBox } from '../ui/check-box.tsx'
import { Status } from '../ui/status.tsx'
import { Thumbnail } from '../ui/thumbnail.tsx'
import { useGraphSettings } from './use-settings-in-words.ts'

export const rowClass = 'flex flex-wrap items-center gap-x-4 gap-y-3 border-b border-line px-4 py-3 last:border-0'

export const nameOf = (job: Job) => job.workflow?.name ?? 'From a ComfyUI client'

/** What the rows need to be chosen. */
export interface Choosing {
  ids: ReadonlySet<string>
  choose(id: string, asRange: boolean): void
}

export const ChooseJob = ({ job, choosing }: { job: Job; choosing: Choosing | null }) =>
  choosing && (
    <CheckBox
      className="-mr-3 md:-mr-2"
      label={`Choose ${nameOf(job)}`}
      state={choosing.ids.has(job.id) ? 'all' : 'none'}
      onToggle={(asRange) => choosing.choose(job.id, asRange)}
    />
  )

export const RowHead = ({ job }: { job: Job }) => (
  <div className="flex min-w-0 flex-wrap items-center gap-x-3">
    <h3 className="truncate text-base font-medium">{nameOf(job)}</h3>
    <Status status={job.status} quiet={job.kept} />
  </div>
)

/** The last final; before there is one, the picture it starts from; without either an icon. */
export function Cover({ job }: { job: Job }) {
  const settings = useGraphSettings(job)
  const item = itemsOfJob(job, 'final').at(-1) ?? inputOf(job, settings)
  const box = 'size-14 shrink-0 overflow-hidden rounded-lg bg-stage'
  if (item === null) {
    return (
      <span className={`${box} grid place-items-center text-muted`} aria-hidden>
        <ImageIcon size={20} strokeWidth={1.5} />
      </span>
    )
  }
  if (item.job === null) {
    return (
      <span className={box}>
        <Thumbnail item={item} width={320} cover />
      </span>
    )
  }
  return (
    <Link
      href={`/jobs?file=${encodeURIComponent(item.path)}`}
      aria-label={`Open ${item.name}`}
      className={`tile-ring ${box}`}
    >
      <Thumbnail item={{ ...item, duration: null }} width={320} cover />
    </Link>
  )
}

function inputOf(job: Job, settings: readonly GraphSetting[] = []): MediaItem | null {
  for (const value of [...Object.values(job.inputs), ...settings.map((setting) => setting.value)]) {
    const item = fromInputName(value)
    if (item !== null) return item
  }
  return null
}
