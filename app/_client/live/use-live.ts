'use client'
/** @file Live jobs for components: each asks for the part it shows, so that progress re-renders only what shows it. */
import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { Job } from '#contracts/jobs'
import { liveJobsQuery, previewQuery } from '../queries/jobs.ts'
import { previewUrl } from '../urls.ts'

const none: Job[] = []

/** Running jobs first, then the queue in running order. */
export const useLiveJobs = () => useQuery(liveJobsQuery).data ?? none

/** The job that runs now, or null. */
export function useRunningJob(): Job | null {
  return useQuery({ ...liveJobsQuery, select: pickRunning }).data ?? null
}
const pickRunning = (jobs: Job[]) => jobs.find((job) => job.status === 'running') ?? null

/** A running or queued job by id, or null when it is neither. */
export function useLiveJob(id: string | null): Job | null {
  const select = useCallback((jobs: Job[]) => jobs.find((job) => job.id === id) ?? null, [id])
  return useQuery({ ...liveJobsQuery, select }).data ?? null
}

/**
 * Address of the newest preview frame. Before the stream named one (after a reload, say), the address that answers the
 * newest; null while the job has made no step that could have one.
 */
export function useLivePreview(id: string): string | null {
  const started = (useLiveJob(id)?.progress?.value ?? 0) > 0
  const named = useQuery({ ...previewQuery(id), enabled: false }).data
  return named ?? (started ? previewUrl(id) : null)
}
