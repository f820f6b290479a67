'use client'
/** @file Why a job failed, what to try, and its trace for whoever can read it. */
import { CircleX } from 'lucide-react'
import type { JobDetail } from '#contracts/jobs'
import { count } from '../../_client/format/words.ts'
import { FreeMemory } from '../pod/engine-actions.tsx'
import { CopyButton } from '../ui/facts.tsx'
import { graphNodes } from './graph/graph-nodes.ts'
import { reportOf, traceOf } from './job-report.ts'
import { isOutOfMemory, whatToTry } from './what-to-try.ts'

export function JobError({ job }: { job: JobDetail }) {
  const { error } = job
  if (error === null) return null
  const node = graphNodes(job.prompt).find((each) => each.id === error.node_id)
  const trace = traceOf(job)
  const kept = job.outputs.length
  return (
    <section className="mb-6 rounded-2xl bg-danger-soft p-5" aria-label="Why it failed">
      <div className="flex items-start gap-3">
        <CircleX size={20} className="mt-0.5 shrink-0 text-danger" aria-hidden />
        <div className="min-w-0 grow">
          <p className="text-base font-semibold break-words whitespace-pre-wrap">{error.message.trim()}</p>
          <p className="mt-1 text-sm break-words text-muted">
            {[
              error.type,
              (node ?? error.node_type) && `at ${node?.title ?? error.node_type}`,
              kept > 0 ? `${count(kept, 'file')} kept` : 'no files were made',
            ]
              .filter(Boolean)
              .join(' · ')}
          </p>
          <p className="mt-3 text-sm text-pretty">
            <span className="font-semibold">What to try: </span>
            {whatToTry(error)}
          </p>
          {isOutOfMemory(error) && (
            <div className="mt-3">
              <FreeMemory />
            </div>
          )}
        </div>
        <CopyButton label="the report" value={reportOf(job)} />
      </div>
      {trace !== '' && (
        <details className="mt-2 text-sm">
          <summary className="flex min-h-11 items-center md:min-h-8">Trace</summary>
          <pre className="max-h-80 overflow-auto rounded-lg bg-surface p-3 font-mono text-xs">{trace}</pre>
        </details>
      )}
    </section>
  )
}
