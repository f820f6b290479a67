'use client'
/** @file What happened when: queued, started, each node with its time, ended. */
import type { JobDetail } from '#contracts/jobs'
import { formatDuration, formatFull } from '../../_client/format/time.ts'
import { statusWords } from '../../_client/format/words.ts'
import { useNow } from '../../_client/use-now.ts'
import { graphNodes } from './graph/graph-nodes.ts'
import { NodeStateMark } from './node-state.tsx'
import { type NodeState, nodeSpans } from './node-states.ts'

export function JobTimeline({ job, states }: { job: JobDetail; states: ReadonlyMap<string, NodeState> }) {
  // Local times are the browser's to say: nothing before it runs.
  const now = useNow(60_000)
  if (now === 0) return <div className="h-40" />
  const moments: [string, number | null, string][] = [
    ['Queued', job.created_at, ''],
    ['Started', job.started_at, job.started_at === null ? '' : `after ${lasting(job.started_at - job.created_at)}`],
    [
      statusWords[job.status],
      job.finished_at,
      job.finished_at !== null && job.started_at !== null ? `after ${lasting(job.finished_at - job.started_at)}` : '',
    ],
  ]
  return (
    <div className="px-5 pb-4">
      <dl className="text-sm">
        {moments.map(
          ([word, at, after]) =>
            at !== null && (
              <div key={word} className="flex gap-4 border-b border-line py-2">
                <dt className="w-24 shrink-0 text-muted">{word}</dt>
                <dd className="tabular-nums">
                  {formatFull(at)} {after && <span className="ml-2 text-muted">{after}</span>}
                </dd>
              </div>
            ),
        )}
      </dl>
      <NodeBars job={job} states={states} />
    </div>
  )
}

function NodeBars({ job, states }: { job: JobDetail; states: ReadonlyMap<string, NodeState> }) {
  const spans = nodeSpans(job)
  if (spans.length === 0) return null
  const titles = new Map(graphNodes(job.prompt).map((node) => [node.id, node.title]))
  const whole = Math.max(0.001, ...spans.map((span) => span.from + span.took))
  return (
    <ol className="mt-3" aria-label="Time of each node">
      {spans.map((span) => (
        <li
          key={span.id}
          className="grid grid-cols-[minmax(0,1fr)_4.5rem] items-center gap-x-3 py-1.5 text-sm sm:grid-cols-[12rem_minmax(0,1fr)_4.5rem]"
        >
          <span className="flex min-w-0 items-center gap-2">
            {states.has(span.id) && <NodeStateMark state={states.get(span.id)!} short />}
            <span className="truncate">{titles.get(span.id) ?? span.id}</span>
          </span>
          <span className="relative h-2 rounded-full bg-hover max-sm:order-last max-sm:col-span-2" aria-hidden>
            <span
              className="absolute inset-y-0 min-w-0.5 rounded-full bg-accent"
              style={{ left: `${(span.from / whole) * 100}%`, width: `${(span.took / whole) * 100}%` }}
            />
          </span>
          <span className="text-right text-muted tabular-nums">{span.cached ? 'kept' : lasting(span.took)}</span>
        </li>
      ))}
    </ol>
  )
}

/** Short times matter here: tenths below ten seconds. */
const lasting = (seconds: number) => (seconds < 10 ? `${Math.max(0, seconds).toFixed(1)} s` : formatDuration(seconds))
