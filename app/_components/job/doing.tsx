'use client'
/** @file What a running job does now, in words: the same wherever it is shown. Opening a model is a phase of its own. */
import type { JobProgress } from '#contracts/jobs'
import { formatDuration } from '../../_client/format/time.ts'
import { useNow } from '../../_client/use-now.ts'

/** `KSampler`, `Loading the model, 12 s`, `Starting`; `step` is `step 3 of 20` or ''. @param now - Unix seconds, 0 when not known */
export function doingInWords(progress: JobProgress | null, now: number): { what: string; step: string } {
  if (progress?.loading) {
    const seconds = now - progress.loading.since
    return { what: `Loading the model${seconds >= 1 ? `, ${formatDuration(seconds)}` : ''}`, step: '' }
  }
  if (!progress?.node_id) return { what: 'Starting', step: '' }
  const { node_title, step, steps } = progress
  return { what: node_title ?? 'Working', step: steps > 1 ? `step ${step} of ${steps}` : '' }
}

export function Doing({ progress }: { progress: JobProgress | null }) {
  const { what, step } = doingInWords(progress, useNow())
  return (
    <>
      <span title={progress?.loading?.model}>{what}</span>
      {step !== '' && <span className="text-muted tabular-nums"> · {step}</span>}
    </>
  )
}
