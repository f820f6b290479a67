'use client'
/** @file What a running job does now, in words: opening a model by its name, or the node as the workflow calls it. */
import { useQuery } from '@tanstack/react-query'
import type { Job } from '#contracts/jobs'
import { shortName } from '../../_client/format/words.ts'
import { jobQuery } from '../../_client/queries/jobs.ts'
import { phaseOf } from './phase.ts'

export function usePhase(job: Job | null): string {
  const node = job?.progress?.node_id ?? null
  // The graph of a run does not change; its record is there once the run began.
  const detail = useQuery({
    ...jobQuery(job?.id ?? ''),
    enabled: job !== null && node !== null,
    staleTime: 60_000,
  }).data
  if (job === null || node === null) return 'Starting'
  const model = phaseOf(detail?.prompt ?? {}, node)
  return model === null ? (job.progress?.node_title ?? 'Working') : `Loading the model ${shortName(model, 32)}`
}
