'use client'
/** @file What can be done with a job: stop it, run it again, take it home, throw it away with its counts spelled out. */
import { CircleStop, Download, Package, RotateCcw, SlidersHorizontal, Trash2 } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import type { Job } from '#contracts/jobs'
import { useDelete } from '../../_client/actions/use-delete.ts'
import { useJobActions } from '../../_client/actions/use-job-actions.ts'
import { useZip } from '../../_client/actions/use-zip.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { count, kindWords } from '../../_client/format/words.ts'
import { runFrom } from '../../_client/run-address.ts'
import { downloadByLink, packageUrl } from '../../_client/urls.ts'
import { needsAttention } from '../jobs/needs-attention.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { Menu, type MenuItem } from '../ui/menu.tsx'

const kinds = ['final', 'preview', 'intermediate'] as const

/** `3 finals, 12 intermediates, 1.2 GB` */
export function contentsOf(job: Job): string {
  const counts = kinds
    .map((kind) => ({ kind, n: job.outputs.filter((file) => file.kind === kind).length }))
    .filter(({ n }) => n > 0)
    .map(({ kind, n }) => count(n, kindWords[kind].one))
  const size = job.outputs.reduce((sum, file) => sum + file.size, 0)
  return counts.length === 0 ? 'no files' : [...counts, formatBytes(size)].join(', ')
}

export function JobActions({ job }: { job: Job }) {
  const router = useRouter()
  const { cancel, retry, busy } = useJobActions()
  const { zip } = useZip()
  const remove = useDelete()
  const name = job.workflow?.name ?? 'From a ComfyUI client'
  // The block of the running job has its own Cancel.
  if (job.status === 'running') return null
  if (job.status === 'queued') {
    return (
      <Button needsPod busy={busy} onClick={() => void cancel(job.id)}>
        <CircleStop size={16} aria-hidden />
        Take out of the queue
      </Button>
    )
  }
  const sizeOf = (kind: (typeof kinds)[number] | null) =>
    job.outputs.filter((file) => kind === null || file.kind === kind).reduce((sum, file) => sum + file.size, 0)
  const downloads: MenuItem[] = kinds
    .filter((kind) => job.outputs.some((file) => file.kind === kind))
    .map((kind) => ({
      label: `The ${kindWords[kind].many}`,
      icon: <Download size={16} aria-hidden />,
      hint: formatBytes(sizeOf(kind)),
      needsPod: true,
      onSelect: () => void zip({ jobs: [job.id], kinds: [kind] }),
    }))
  if (downloads.length > 1) {
    downloads.push({
      label: 'Everything',
      icon: <Download size={16} aria-hidden />,
      hint: formatBytes(sizeOf(null)),
      needsPod: true,
      onSelect: () => void zip({ jobs: [job.id] }),
    })
  }
  downloads.push({
    label: 'Package: graph, inputs, record, results',
    icon: <Package size={16} aria-hidden />,
    needsPod: true,
    onSelect: () => downloadByLink(packageUrl(job.id)),
  })
  return (
    <>
      {/* The line that says that it was interrupted has the button. */}
      {!needsAttention(job) && (
        <Button needsPod busy={busy} onClick={() => void retry(job.id)}>
          <RotateCcw size={16} aria-hidden />
          {job.status === 'completed' ? 'Run again' : 'Retry'}
        </Button>
      )}
      <Link
        href={runFrom(job.id, job.workflow?.id ?? null)}
        className={buttonClass(job.status === 'completed' ? 'primary' : 'secondary')}
      >
        <SlidersHorizontal size={16} aria-hidden />
        {job.status === 'completed' ? 'Use these settings' : 'Edit and retry'}
      </Link>
      <Menu label="Download" items={downloads} withText>
        <Download size={16} aria-hidden />
      </Menu>
      <Menu
        label="Delete"
        items={[
          {
            label: `Move to trash: ${contentsOf(job)}`,
            icon: <Trash2 size={16} aria-hidden />,
            danger: true,
            needsPod: true,
            onSelect: () => {
              void remove('outputs', [job.id], `${name} (${contentsOf(job)})`)
              router.push('/jobs')
            },
          },
        ]}
      >
        <Trash2 size={18} aria-hidden />
      </Menu>
    </>
  )
}
