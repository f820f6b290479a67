'use client'
/** @file The last hour as lines, each with its figures in words and as a table: a picture alone says nothing to many. */
import { useQuery } from '@tanstack/react-query'
import type { System, SystemSample } from '#contracts/system'
import { formatMoment } from '../../_client/format/time.ts'
import { historyQuery } from '../../_client/queries/pod.ts'
import { useNow } from '../../_client/use-now.ts'
import { Panel } from '../ui/page.tsx'

interface Series {
  name: string
  /** per cent */
  value: (sample: SystemSample) => number | null
}

export function HistoryCharts({ pod }: { pod: System }) {
  const samples = useQuery(historyQuery).data?.samples ?? []
  const series: Series[] = [
    ...pod.gpus.flatMap((gpu, index): Series[] => {
      const name = pod.gpus.length > 1 ? `GPU ${gpu.index}` : 'GPU'
      return [
        { name, value: (sample) => sample.gpus[index]?.utilization ?? null },
        { name: `${name} memory`, value: (sample) => shareOf(sample.gpus[index]?.memory, gpu.memory_total) },
      ]
    }),
    { name: 'CPU', value: (sample) => sample.cpu },
    { name: 'Memory', value: (sample) => shareOf(sample.memory, pod.memory.total) },
    { name: 'Disk', value: (sample) => sample.disk },
  ]
  return (
    <Panel className="p-5 md:col-span-2">
      <h2 className="text-sm font-semibold text-muted">Last hour</h2>
      <div className="mt-3 grid gap-x-8 gap-y-5 sm:grid-cols-2">
        {series.map(({ name, value }) => (
          <Chart key={name} name={name} values={samples.map(value)} />
        ))}
      </div>
      <details className="mt-4 text-sm">
        <summary className="inline-flex min-h-11 items-center text-muted underline underline-offset-2 md:min-h-8">
          Show as table
        </summary>
        <Table series={series} samples={samples} />
      </details>
    </Panel>
  )
}

const shareOf = (part: number | null | undefined, whole: number | null) =>
  part === null || part === undefined || !whole ? null : (part / whole) * 100

const width = 300
const height = 56

function Chart({ name, values }: { name: string; values: readonly (number | null)[] }) {
  const known = values.filter((value) => value !== null)
  const last = known.at(-1)
  const words =
    last === undefined
      ? 'not measured yet'
      : `now ${Math.round(last)} %, average ${Math.round(known.reduce((sum, value) => sum + value, 0) / known.length)} %, highest ${Math.round(Math.max(...known))} %`
  return (
    <figure>
      <figcaption className="mb-1 flex flex-wrap justify-between gap-x-3 text-sm">
        <span className="font-medium">{name}</span>
        <span className="text-muted tabular-nums">{words}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        className="h-14 w-full rounded-lg bg-sunken text-accent"
        aria-hidden="true"
      >
        <path
          d={pathOf(values)}
          fill="none"
          stroke="currentColor"
          strokeWidth={1.5}
          vectorEffect="non-scaling-stroke"
        />
      </svg>
    </figure>
  )
}

/** A line through what was measured, interrupted where nothing was; the newest at the right. */
function pathOf(values: readonly (number | null)[]): string {
  let path = ''
  let pen = 'M'
  const step = width / Math.max(1, values.length - 1)
  values.forEach((value, index) => {
    if (value === null) {
      pen = 'M'
      return
    }
    path += `${pen}${(index * step).toFixed(1)} ${(height - 2 - (Math.min(100, value) / 100) * (height - 4)).toFixed(1)}`
    pen = 'L'
  })
  return path
}

/** Every fifth minute is enough to read. */
const rowEvery = 60

function Table({ series, samples }: { series: readonly Series[]; samples: readonly SystemSample[] }) {
  const now = useNow(60_000)
  const rows = samples.filter((_, index) => (samples.length - 1 - index) % rowEvery === 0).reverse()
  return (
    <section className="overflow-x-auto" aria-label="Last hour as table">
      <table className="w-full text-right tabular-nums">
        <thead>
          <tr>
            <th scope="col" className="py-1 text-left font-medium">
              Time
            </th>
            {series.map(({ name }) => (
              <th key={name} scope="col" className="py-1 pl-4 font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((sample) => (
            <tr key={sample.at} className="border-t border-line">
              <th scope="row" className="py-1 text-left font-normal">
                {now > 0 && formatMoment(sample.at, now)}
              </th>
              {series.map(({ name, value }) => {
                const percent = value(sample)
                return (
                  <td key={name} className="py-1 pl-4">
                    {percent === null ? '–' : `${Math.round(percent)} %`}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
