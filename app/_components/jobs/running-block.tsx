'use client'
/** @file The block of a job that runs: live preview, how far, what it does now, how long still, and a way to stop it. */
import { Pause, Play } from 'lucide-react'
import Link from 'next/link'
import { useEffect, useRef, useState } from 'react'
import { count } from '../../_client/format/words.ts'
import { useLiveJob, useLivePreview } from '../../_client/live/use-live.ts'
import { usePreferences, useStudio } from '../../_client/studio.tsx'
import { usePace } from '../../_client/use-eta.ts'
import { CancelButton } from '../job/cancel-button.tsx'
import { Doing } from '../job/doing.tsx'
import { Announcer } from '../ui/announcer.tsx'
import { IconButton } from '../ui/button.tsx'
import { ProgressBar } from '../ui/meter.tsx'
import { Status } from '../ui/status.tsx'

interface RunningBlockProps {
  jobId: string
  /** on the job's own page: the preview is what one came for; in the gallery finished pictures have the room */
  large?: boolean
}

export function RunningBlock({ jobId, large = false }: RunningBlockProps) {
  const job = useLiveJob(jobId)
  const pace = usePace(job)
  if (job === null) return null
  const progress = job.progress
  const share = progress?.value ?? 0
  const percent = Math.floor(share * 100)
  const name = job.workflow?.name ?? 'From a ComfyUI client'
  const finals = job.outputs.filter((file) => file.kind === 'final').length

  return (
    <article
      aria-label={`${name}, running`}
      className={`mb-3 flex overflow-hidden rounded-2xl border border-line bg-surface ${large ? 'flex-col sm:h-44 sm:flex-row' : 'h-26 sm:h-22'}`}
    >
      <LivePreview jobId={jobId} className={large ? 'h-48 sm:h-auto sm:w-52 lg:w-72' : 'w-26 sm:w-36'} />
      {/* On a phone the figures stand in the last line, so that pictures are in the first screen all the same. */}
      <div
        className={`grid min-w-0 grow content-between gap-x-3 gap-y-1 px-3 py-2 grid-cols-[minmax(0,1fr)_auto_auto] [grid-template-areas:'name_name_cancel'_'bar_bar_bar'_'doing_doing_figures'] sm:gap-x-4 sm:px-5 sm:[grid-template-areas:'name_figures_cancel'_'bar_bar_bar'_'doing_doing_took'] ${large ? 'sm:py-3' : ''}`}
      >
        <div className="flex min-w-0 flex-wrap content-center items-center gap-x-3 [grid-area:name]">
          <h2 className="max-w-full truncate text-base font-semibold">
            {large ? (
              name
            ) : (
              <Link href={`/jobs/${jobId}`} prefetch={false} className="inline-block leading-6 hover:underline">
                {name}
              </Link>
            )}
          </h2>
          <Status status="running" />
        </div>
        <p className="flex items-baseline gap-x-2 self-center whitespace-nowrap justify-self-end [grid-area:figures] sm:gap-x-3">
          <span className="font-semibold tabular-nums sm:text-lg">{percent} %</span>
          {/* On a phone it stands in the strip at the bottom. */}
          <span className="text-sm text-muted max-sm:hidden">{pace.left}</span>
        </p>
        <CancelButton job={job} className="[grid-area:cancel] max-sm:w-11 max-sm:px-0" wordClass="max-sm:sr-only" />
        <div className="[grid-area:bar]">
          <ProgressBar label={`Progress of ${name}`} value={share} />
        </div>
        <span className="self-center truncate text-sm [grid-area:doing]">
          <Doing progress={progress} />
        </span>
        <span className="self-center justify-self-end text-sm whitespace-nowrap text-muted tabular-nums [grid-area:took] max-sm:hidden">
          {finals > 0 && `${count(finals, 'final')} · `}
          {pace.elapsed}
        </span>
      </div>
      <Announcer text={`${name}: ${Math.floor(percent / 25) * 25} per cent`} />
    </article>
  )
}

/** The newest preview frame. Moves by itself, so it can be paused (WCAG 2.2.2); the choice is remembered. */
export function LivePreview({ jobId, className = '' }: { jobId: string; className?: string }) {
  const { preferences } = useStudio()
  const on = usePreferences((state) => state.livePreview)
  const every = usePreferences((state) => state.previewEvery)
  const newest = useLivePreview(jobId)
  const [shown, setShown] = useState<string | null>(null)
  const asked = useRef<{ frame: string | null; at: number }>({ frame: null, at: Number.NEGATIVE_INFINITY })
  useEffect(() => {
    if (!on || newest === null) return
    // A frame that comes too soon waits; the next one takes its place, and the one between is never loaded.
    const timer = setTimeout(
      () => {
        asked.current = { frame: newest, at: performance.now() }
        // Decoded before it is swapped in: no flash between frames. One that was asked for is shown even if a newer one is
        // there by then, as that may have long to wait.
        const frame = new Image()
        frame.src = newest
        frame.decode().then(
          () => asked.current.frame === newest && setShown(newest),
          () => {},
        )
      },
      Math.max(0, asked.current.at + every - performance.now()),
    )
    return () => clearTimeout(timer)
  }, [newest, on, every])
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
