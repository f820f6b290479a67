'use client'
/** @file The viewer's panel: the settings that made the file, from the job's record or else from the file, and the file itself. */
import { useQuery } from '@tanstack/react-query'
import { Columns2, Dices, ImagePlus, SlidersHorizontal } from 'lucide-react'
import Link from 'next/link'
import type { JobDetail } from '#contracts/jobs'
import type { WorkflowSummary } from '#contracts/workflows'
import { formatBytes } from '../../_client/format/bytes.ts'
import { formatDuration, formatFull, formatLength } from '../../_client/format/time.ts'
import { shortName } from '../../_client/format/words.ts'
import { fromInputName, type MediaItem } from '../../_client/media-item.ts'
import { inputUsesQuery } from '../../_client/queries/assets.ts'
import { jobQuery } from '../../_client/queries/jobs.ts'
import { workflowsQuery } from '../../_client/queries/workflows.ts'
import { usesOf } from '../inputs/uses.ts'
import { graphNodes } from '../job/graph/graph-nodes.ts'
import { type Setting, settingsOf, valueInWords } from '../job/settings.ts'
import { Button } from '../ui/button.tsx'
import { CopyButton, type Fact, Facts, LongText } from '../ui/facts.tsx'
import { Status } from '../ui/status.tsx'
import { Thumbnail } from '../ui/thumbnail.tsx'
import { FileTexts } from './file-texts.tsx'
import type { ViewerActions } from './use-viewer-actions.ts'

interface DetailsProps {
  item: MediaItem
  actions: ViewerActions
  /** compares the shown file with another one */
  onCompare: (other: MediaItem) => void
}

export function Details({ item, actions, onCompare }: DetailsProps) {
  const record = useQuery({ ...jobQuery(item.job ?? ''), enabled: item.job !== null, retry: false })
  const workflows = useQuery(workflowsQuery).data?.workflows ?? []
  const job = record.data
  const workflow = workflows.find((each) => each.id === job?.workflow?.id) ?? null
  return (
    <div className="flex flex-col gap-5 p-4 md:p-5">
      {item.root !== 'trash' && <Actions item={item} job={job ?? null} actions={actions} />}
      {job && <Made item={item} job={job} workflow={workflow} onCompare={onCompare} />}
      {/* Only where no record says it better. */}
      {item.root !== 'trash' && (item.job === null || record.isError) && <FileTexts item={item} />}
      <section>
        <h2 className="mb-1 text-sm font-semibold">File</h2>
        <Facts facts={fileFacts(item, job ?? null)} />
        {item.root === 'inputs' && <Uses path={item.path} />}
      </section>
      {job && <WholeGraph job={job} />}
    </div>
  )
}

/** In how many jobs an input was used, and the way to them. */
function Uses({ path }: { path: string }) {
  const { text, href } = usesOf(path, useQuery(inputUsesQuery).data)
  return (
    <p className="flex min-h-8 items-center border-t border-line py-1 text-sm text-muted">
      {href === null ? (
        text
      ) : (
        <Link href={href} className="leading-6 text-accent underline underline-offset-4">
          {text}
        </Link>
      )}
    </p>
  )
}

function Actions({ item, job, actions }: { item: MediaItem; job: JobDetail | null; actions: ViewerActions }) {
  const seeded = job !== null && settingsOf(job, null).some(({ kind }) => kind === 'seed')
  return (
    <div className="grid grid-cols-2 gap-2">
      {job !== null && (
        <Button look="primary" className="col-span-2" title="u" onClick={actions.reuse}>
          <SlidersHorizontal size={16} aria-hidden />
          Use these settings
        </Button>
      )}
      {seeded && (
        <Button title="n" onClick={actions.newSeed}>
          <Dices size={16} aria-hidden />
          New seed
        </Button>
      )}
      <Button title="e" className={seeded ? '' : 'col-span-2'} onClick={actions.asInput}>
        <ImagePlus size={16} aria-hidden />
        {item.root === 'inputs' ? 'Run on this' : 'Use as input'}
      </Button>
    </div>
  )
}

interface MadeProps {
  item: MediaItem
  job: JobDetail
  workflow: WorkflowSummary | null
  onCompare: (other: MediaItem) => void
}

function Made({ item, job, workflow, onCompare }: MadeProps) {
  const settings = settingsOf(job, workflow).filter((setting) => setting.main)
  const texts = settings.filter(isText)
  const media = settings.filter((setting) => setting.kind === 'media')
  const facts = settings
    .filter((setting) => !isText(setting) && setting.kind !== 'media')
    .map(
      (setting): Fact => ({
        label: setting.label,
        value: valueInWords(setting.value),
        copy: setting.kind === 'seed' || setting.kind === 'model',
      }),
    )
  return (
    <section>
      <div className="mb-1 flex min-h-8 items-center justify-between gap-3">
        <h2 className="min-w-0 text-sm font-semibold">
          <Link
            href={`/jobs/${job.id}`}
            className="block truncate leading-6 underline decoration-line-strong underline-offset-4"
          >
            {job.workflow?.name ?? 'From a ComfyUI client'}
          </Link>
        </h2>
        <Status status={job.status} />
      </div>
      {texts.map((setting) => (
        <LongText key={setting.key} label={setting.label} value={String(setting.value)} />
      ))}
      {media.map((setting) => (
        <MadeFrom key={setting.key} setting={setting} shown={item} onCompare={onCompare} />
      ))}
      <Facts facts={facts} />
    </section>
  )
}

const isText = (setting: Setting) =>
  setting.kind === 'text' && typeof setting.value === 'string' && setting.value !== ''

/** The picture or video the job began with. */
function MadeFrom({
  setting,
  shown,
  onCompare,
}: { setting: Setting; shown: MediaItem } & Pick<MadeProps, 'onCompare'>) {
  const source = fromInputName(setting.value)
  if (source === null) return null
  return (
    <div className="flex items-center gap-3 border-b border-line py-2 text-sm">
      <span className="size-12 shrink-0 overflow-hidden rounded-lg">
        <Thumbnail item={source} width={320} cover />
      </span>
      <span className="min-w-0 grow">
        <span className="block text-muted">{setting.label}</span>
        <span className="block truncate" title={source.name}>
          {shortName(source.name, 18)}
        </span>
      </span>
      {source.media === shown.media && (
        <Button aria-label={`Compare with ${source.name}`} onClick={() => onCompare(source)}>
          <Columns2 size={16} aria-hidden />
          Compare
        </Button>
      )}
    </div>
  )
}

function fileFacts(item: MediaItem, job: JobDetail | null): Fact[] {
  const facts: Fact[] = [{ label: 'Name', value: item.name, copy: true }]
  if (item.width && item.height) facts.push({ label: 'Pixels', value: `${item.width} × ${item.height}` })
  if (item.duration !== null) facts.push({ label: 'Length', value: formatLength(item.duration) })
  if (item.size !== null) facts.push({ label: 'Size', value: formatBytes(item.size) })
  if (item.modified !== null) facts.push({ label: 'Made', value: formatFull(item.modified) })
  if (item.kind) facts.push({ label: 'Kind', value: `${item.kind} ${item.media === 'video' ? 'video' : 'picture'}` })
  if (job === null) return facts
  if (job.started_at && job.finished_at) {
    facts.push({ label: 'Time taken', value: formatDuration(job.finished_at - job.started_at) })
  }
  const file = job.outputs.find((each) => `${each.subfolder}/${each.filename}` === item.path)
  const node = graphNodes(job.prompt).find((each) => each.id === file?.node_id)
  if (node) facts.push({ label: 'Saved by', value: node.title })
  return facts
}

function WholeGraph({ job }: { job: JobDetail }) {
  const text = JSON.stringify(job.prompt, null, 2)
  return (
    <details className="text-sm">
      <summary className="flex min-h-11 items-center font-semibold md:min-h-8">Whole graph</summary>
      <div className="flex items-center justify-between gap-2">
        <Link
          href={`/jobs/${job.id}#graph`}
          className="inline-block leading-6 text-accent underline underline-offset-4"
        >
          See it as a picture
        </Link>
        <CopyButton label="the graph" value={text} />
      </div>
      <pre className="mt-1 max-h-80 overflow-auto rounded-lg bg-sunken p-3 font-mono text-xs">{text}</pre>
    </details>
  )
}
