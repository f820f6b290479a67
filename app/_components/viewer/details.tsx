'use client'
import { useQuery } from '@tanstack/react-query'
import { Check, Copy, SlidersHorizontal } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
/** @file The viewer's panel: what the file is and the settings that made it, each of them one click from the clipboard. */
import type { Job } from '#contracts/jobs'
import { formatBytes } from '../../_client/format/bytes.ts'
import { formatDuration, formatFull, formatLength } from '../../_client/format/time.ts'
import { givenName } from '../../_client/format/words.ts'
import type { MediaItem } from '../../_client/media-item.ts'
import { jobQuery } from '../../_client/queries/jobs.ts'
import { workflowsQuery } from '../../_client/queries/workflows.ts'
import { buttonClass } from '../ui/button.tsx'
import { Status } from '../ui/status.tsx'

export function Details({ item }: { item: MediaItem }) {
  const job = useQuery({ ...jobQuery(item.job ?? ''), enabled: item.job !== null, retry: false }).data
  return (
    <div className="flex flex-col gap-6 p-5">
      <section>
        <h2 className="mb-2 text-sm font-semibold">File</h2>
        <Facts facts={fileFacts(item)} />
      </section>
      {job && (
        <section>
          <div className="mb-2 flex items-center justify-between gap-3">
            <h2 className="truncate text-sm font-semibold">{job.workflow?.name ?? 'From a ComfyUI client'}</h2>
            <Status status={job.status} />
          </div>
          <Settings job={job} />
          {job.workflow && (
            <Link
              href={`/run/${encodeURIComponent(job.workflow.id)}?from=${job.id}`}
              className={`${buttonClass('primary')} mt-4 w-full`}
            >
              <SlidersHorizontal size={16} aria-hidden />
              Use these settings
            </Link>
          )}
        </section>
      )}
    </div>
  )
}

type Fact = [label: string, value: string]

function fileFacts(item: MediaItem): Fact[] {
  const facts: Fact[] = [['Name', item.name]]
  if (item.kind) facts.push(['Kind', `${item.kind} ${item.media === 'video' ? 'video' : 'picture'}`])
  if (item.width && item.height) facts.push(['Pixels', `${item.width} × ${item.height}`])
  if (item.duration !== null) facts.push(['Length', formatLength(item.duration)])
  if (item.size !== null) facts.push(['Size', formatBytes(item.size)])
  if (item.modified !== null) facts.push(['Made', formatFull(item.modified)])
  return facts
}

type JobSettings = Pick<Job, 'inputs' | 'seeds' | 'workflow'> & Partial<Pick<Job, 'started_at' | 'finished_at'>>

function Settings({ job }: { job: JobSettings }) {
  const workflows = useQuery(workflowsQuery).data?.workflows ?? []
  const labels = new Map(
    workflows.find((workflow) => workflow.id === job.workflow?.id)?.inputs.map((input) => [input.id, input.label]),
  )
  const nameOf = (id: string) => labels.get(id) ?? id.replaceAll('_', ' ')
  const facts: Fact[] = Object.entries(job.inputs)
    .filter(([id]) => !(id in job.seeds))
    .map(([id, value]) => [nameOf(id), inText(value)])
  for (const [id, seed] of Object.entries(job.seeds)) facts.push([nameOf(id), String(seed)])
  if (job.started_at && job.finished_at) facts.push(['Time taken', formatDuration(job.finished_at - job.started_at)])
  return <Facts facts={facts} copyable />
}

const inText = (value: unknown) =>
  typeof value === 'string'
    ? givenName(value)
    : typeof value === 'boolean'
      ? value
        ? 'on'
        : 'off'
      : JSON.stringify(value)

function Facts({ facts, copyable = false }: { facts: readonly Fact[]; copyable?: boolean }) {
  return (
    <dl className="text-sm">
      {facts.map(([label, value]) => (
        <div key={label} className="flex min-h-9 items-center gap-3 border-b border-line py-1 last:border-0">
          <dt className="w-28 shrink-0 text-muted">{label}</dt>
          <dd className="flex min-w-0 grow items-center justify-between gap-2 tabular-nums">
            <span className="min-w-0 break-words">{value}</span>
            {copyable && <CopyButton label={label} value={value} />}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function CopyButton({ label, value }: { label: string; value: string }) {
  const [copied, setCopied] = useState(false)
  return (
    <button
      type="button"
      aria-label={copied ? `${label} copied` : `Copy ${label}`}
      title={`Copy ${label}`}
      onClick={() => {
        navigator.clipboard.writeText(value).then(
          () => {
            setCopied(true)
            setTimeout(() => setCopied(false), 1500)
          },
          () => setCopied(false),
        )
      }}
      className="grid size-11 shrink-0 md:size-8 place-items-center rounded-lg text-muted hover:bg-hover hover:text-ink"
    >
      {copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
    </button>
  )
}
