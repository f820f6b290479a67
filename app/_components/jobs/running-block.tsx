'use client'
/** @file The block of a job that runs: live preview, how far, what it does now, how long still, and a way to stop it. */
import { CircleStop, Pause, Play } from 'lucide-react'
import Link from 'next/link'
import { useEffect, useState } from 'react'
import { useJobActions } from '../../_client/actions/use-job-actions.ts'
import { count } from '../../_client/format/words.ts'
import { useLiveJob, useLivePreview } from '../../_client/live/use-live.ts'
import { usePreferences, useStudio } from '../../_client/studio.tsx'
import { usePace } from '../../_client/use-eta.ts'
import { Announcer } from '../ui/announcer.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { ProgressBar } from '../ui/meter.tsx'
import { Status } from '../ui/status.tsx'

export function RunningBlock({ jobId }: { jobId: string }) {
  const job = useLiveJob(jobId)
  const pace = usePace(job)
  const { cancel, busy } = useJobActions()
  if (job === null) return null
  const progress = job.progress
  const share = progress?.value ?? 0
  const percent = Math.floor(share * 100)
  const name = job.workflow?.name ?? 'From a ComfyUI client'
  const doing = progress?.node_title ?? 'Starting'
  const finals = job.outputs.filter((file) => file.kind === 'final').length

  return (
    <article
      aria-label={`${name}, running`}
      className="mb-4 overflow-hidden rounded-2xl border border-line bg-surface sm:flex sm:h-44"
    >
      <LivePreview jobId={jobId} className="h-36 sm:h-auto sm:w-72" />
      <div className="flex min-w-0 grow flex-col gap-3 p-4 sm:px-5">
        <div className="flex items-start justify-between gap-3">
          <div className="min-w-0">
            <Status status="running" />
            <h2 className="mt-1 truncate text-lg font-semibold">
              {job.workflow ? <Link href={`/run/${job.workflow.id}`}>{name}</Link> : name}
            </h2>
          </div>
          <Button busy={busy} onClick={() => void cancel(jobId)}>
            <CircleStop size={16} aria-hidden />
            Cancel
          </Button>
        </div>
        <div className="mt-auto">
          <div className="mb-2 flex items-baseline justify-between gap-3">
            <span className="text-xl font-semibold tabular-nums">{percent} %</span>
            <span className="truncate text-sm text-muted">{pace.left}</span>
          </div>
          <ProgressBar label={`Progress of ${name}`} value={share} />
          <div className="mt-2.5 flex flex-wrap justify-between gap-x-4 gap-y-1 text-sm text-muted">
            <span className="truncate text-ink">
              {doing}
              {progress !== null && progress.steps > 1 && (
                <span className="text-muted tabular-nums">
                  {' '}
                  · step {progress.step} of {progress.steps}
                </span>
              )}
            </span>
            <span className="tabular-nums">
              {finals > 0 && `${count(finals, 'final')} · `}
              {pace.elapsed}
            </span>
          </div>
        </div>
      </div>
      <Announcer text={`${name}: ${Math.floor(percent / 25) * 25} per cent`} />
    </article>
  )
}

/** The newest preview frame. Moves by itself, so it can be paused (WCAG 2.2.2); the choice is remembered. */
export function LivePreview({ jobId, className = '' }: { jobId: string; className?: string }) {
  const { preferences } = useStudio()
  const on = usePreferences((state) => state.livePreview)
  const newest = useLivePreview(jobId)
  const [shown, setShown] = useState<string | null>(null)
  useEffect(() => {
    if (!on || newest === null) return
    // Decoded before it is swapped in: no flash between frames.
    let current = true
    const frame = new Image()
    frame.src = newest
    frame.decode().then(
      () => current && setShown(newest),
      () => {},
    )
    return () => {
      current = false
    }
  }, [newest, on])
  return (
    <div className={`relative shrink-0 bg-stage ${className}`}>
      {shown === null ? (
        <span className="absolute inset-0 grid place-items-center px-4 text-center text-sm text-muted">
          {on ? 'The first preview comes with the first steps.' : 'Preview paused'}
        </span>
      ) : (
        // biome-ignore lint/performance/noImgElement: a live frame, not a page picture
        <img src={shown} alt="Live preview" className="absolute inset-0 size-full object-contain" />
      )}
      <IconButton
        label={on ? 'Pause the preview' : 'Show the preview'}
        look="onPicture"
        className="absolute right-2 bottom-2"
        onClick={() => preferences.setState({ livePreview: !on })}
      >
        {on ? <Pause size={16} aria-hidden /> : <Play size={16} aria-hidden />}
      </IconButton>
    </div>
  )
}
