'use client'
/** @file What the engine printed while a job ran. It runs one at a time, so what was printed then is of this one. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Job } from '#contracts/jobs'
import { count } from '../../_client/format/words.ts'
import { wholeEngineLogQuery } from '../../_client/queries/pod.ts'
import { LogLines } from '../pod/log-lines.tsx'
import { CopyButton } from '../ui/facts.tsx'
import { linesOfJob, logText } from './lines-of-job.ts'

export function JobLog({ job }: { job: Job }) {
  const [open, setOpen] = useState(job.status === 'failed')
  const log = useQuery({
    ...wholeEngineLogQuery,
    refetchInterval: job.status === 'running' ? 2000 : false,
    enabled: open,
  }).data
  if (job.started_at === null) return null
  const found = log === undefined ? null : linesOfJob(log.lines, job)
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)} className="px-5 pb-4 text-sm">
      <summary className="flex min-h-11 items-center text-muted md:min-h-8">
        {found === null || found.lines.length === 0 ? 'Show' : count(found.lines.length, 'line')}
      </summary>
      {found !== null && found.lines.length === 0 && (
        <p className="text-muted">
          {found.complete ? 'It printed nothing.' : 'What it printed then is no longer kept.'}
        </p>
      )}
      {found !== null && found.lines.length > 0 && (
        <>
          <div className="flex items-center justify-between gap-3 text-muted">
            {found.complete ? 'All it printed while this job ran.' : 'Its beginning is no longer kept.'}
            <CopyButton label="the lines" value={logText(found.lines)} />
          </div>
          <div
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrolled by key, too
            tabIndex={0}
            role="log"
            aria-label="What the engine printed"
            className="mt-1 max-h-80 overflow-auto rounded-lg bg-sunken p-3 font-mono text-xs"
          >
            <LogLines lines={found.lines} />
          </div>
        </>
      )}
    </details>
  )
}
