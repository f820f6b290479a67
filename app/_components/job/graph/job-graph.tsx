'use client'
import { useMemo } from 'react'
/** @file The graph of a job on its page: the picture, loaded apart from the page, and the same as a list. */
import type { JobDetail } from '#contracts/jobs'
import { part } from '../../ui/part.tsx'
import type { NodeState } from '../node-states.ts'
import { graphNodes } from './graph-nodes.ts'
import { NodeWords } from './node-details.tsx'

const GraphView = part(
  () => import('./graph-view.tsx').then((module) => module.default),
  <div className="skeleton h-[min(36rem,70dvh)] rounded-none!" />,
)

export function JobGraph({ job, states }: { job: JobDetail; states: ReadonlyMap<string, NodeState> }) {
  const nodes = useMemo(() => graphNodes(job.prompt), [job.prompt])
  if (nodes.length === 0) return <p className="p-5 text-sm text-muted">The graph of this job is not known.</p>
  const extra = job.extra_data.extra_pnginfo as { workflow?: unknown } | null | undefined
  return (
    <div className="overflow-hidden rounded-b-2xl">
      <GraphView prompt={job.prompt} workflow={extra?.workflow} states={states} />
      <details className="border-t border-line px-5 py-2 text-sm">
        <summary className="flex min-h-11 items-center font-medium">As a list ({nodes.length})</summary>
        <ol className="pb-3">
          {nodes.map((node) => (
            <li key={node.id} className="border-t border-line py-2">
              <NodeWords node={node} nodes={nodes} state={states.get(node.id) ?? null} />
            </li>
          ))}
        </ol>
      </details>
    </div>
  )
}
