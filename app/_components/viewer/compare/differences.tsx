'use client'
import { useQuery } from '@tanstack/react-query'
/** @file What differs between the two compared files: their settings, and what came out. Only that, with both values. */
import type { JobDetail } from '#contracts/jobs'
import { formatBytes } from '../../../_client/format/bytes.ts'
import { formatDuration } from '../../../_client/format/time.ts'
import { shortName } from '../../../_client/format/words.ts'
import type { MediaItem } from '../../../_client/media-item.ts'
import { jobQuery } from '../../../_client/queries/jobs.ts'
import { workflowsQuery } from '../../../_client/queries/workflows.ts'
import { type Difference, settingsDiff } from '../../job/settings-diff.ts'
import { Thumbnail } from '../../ui/thumbnail.tsx'

export interface Differences {
  /** null while the records are being read, or when one of the two has none */
  settings: Difference[] | null
  results: Difference[]
  /** of which no settings are known */
  unknown: 'A' | 'B' | 'both' | null
  waiting: boolean
}

export function useDifferences(a: MediaItem, b: MediaItem): Differences {
  const recordA = useQuery({ ...jobQuery(a.job ?? ''), enabled: a.job !== null, retry: false })
  const recordB = useQuery({ ...jobQuery(b.job ?? ''), enabled: b.job !== null, retry: false })
  const workflows = useQuery(workflowsQuery).data?.workflows ?? []
  const compared = (job: JobDetail) => ({
    job,
    workflow: workflows.find((workflow) => workflow.id === job.workflow?.id) ?? null,
  })
  const [jobA, jobB] = [recordA.data, recordB.data]
  const waiting = recordA.isLoading || recordB.isLoading
  return {
    settings: jobA && jobB ? settingsDiff(compared(jobA), compared(jobB)) : null,
    results: resultsOf([a, jobA], [b, jobB]),
    unknown: waiting || (jobA && jobB) ? null : jobA ? 'B' : jobB ? 'A' : 'both',
    waiting,
  }
}

type Side = [item: MediaItem, job: JobDetail | undefined]

function resultsOf(a: Side, b: Side): Difference[] {
  const rows: [label: string, inWords: (side: Side) => string][] = [
    ['Pixels', ([item]) => (item.width && item.height ? `${item.width} × ${item.height}` : '–')],
    ['Size', ([item]) => (item.size === null ? '–' : formatBytes(item.size))],
    [
      'Time taken',
      ([, job]) => (job?.started_at && job.finished_at ? formatDuration(job.finished_at - job.started_at) : '–'),
    ],
  ]
  return rows
    .map(([label, inWords]) => ({ key: label, label, a: inWords(a), b: inWords(b) }))
    .filter((row) => row.a !== row.b && row.a !== '–' && row.b !== '–')
}

export function DifferencesPanel({ a, b }: { a: MediaItem; b: MediaItem }) {
  const { settings, results, unknown, waiting } = useDifferences(a, b)
  return (
    <div className="flex flex-col gap-5 p-4 text-sm md:p-5">
      <div className="grid grid-cols-2 gap-3">
        <Head letter="A" item={a} />
        <Head letter="B" item={b} />
      </div>
      <section>
        <h2 className="mb-1 text-sm font-semibold">Settings that differ</h2>
        {waiting && <p className="text-muted">Reading the settings…</p>}
        {unknown !== null && (
          <p className="text-muted">
            {unknown === 'both' ? 'No settings are known of either.' : `No settings are known of ${unknown}.`}
          </p>
        )}
        {settings?.length === 0 && <p className="text-muted">None: both were made with the same settings.</p>}
        {settings !== null && settings.length > 0 && <DifferenceTable rows={settings} />}
      </section>
      {results.length > 0 && (
        <section>
          <h2 className="mb-1 text-sm font-semibold">What came out</h2>
          <DifferenceTable rows={results} />
        </section>
      )}
    </div>
  )
}

const Head = ({ letter, item }: { letter: 'A' | 'B'; item: MediaItem }) => (
  <div className="min-w-0">
    <div className="mb-1.5 h-24 overflow-hidden rounded-lg">
      <Thumbnail item={item} width={320} />
    </div>
    <p className="truncate" title={item.name}>
      <span className="mr-1.5 font-semibold">{letter}</span>
      <span className="text-muted">{shortName(item.name, 18)}</span>
    </p>
  </div>
)

const DifferenceTable = ({ rows }: { rows: readonly Difference[] }) => (
  <table className="w-full table-fixed border-collapse tabular-nums">
    <thead>
      <tr className="border-b border-line text-left text-muted">
        <th scope="col" className="w-1/4 py-1.5 pr-2 font-normal">
          <span className="sr-only">Setting</span>
        </th>
        <th scope="col" className="py-1.5 pr-2 font-semibold">
          A
        </th>
        <th scope="col" className="py-1.5 font-semibold">
          B
        </th>
      </tr>
    </thead>
    <tbody>
      {rows.map((row) => (
        <tr key={row.key} className="border-b border-line align-top last:border-0">
          <th scope="row" className="py-2 pr-2 text-left font-normal break-words text-muted">
            {row.label}
          </th>
          <td className="py-2 pr-2 break-words">{row.a}</td>
          <td className="py-2 break-words">{row.b}</td>
        </tr>
      ))}
    </tbody>
  </table>
)
