/** @file How the last run ended while nobody looked at the page: the browser's tab carries it until somebody does. */
import { createStore } from 'zustand/vanilla'
import type { JobStatus } from '#contracts/vocabulary'

export type UnseenEnd = 'done' | 'failed' | null

/** A failure stays in view, whatever ends well after it. Cancelling is somebody's own doing. */
export function unseenAfter(before: UnseenEnd, status: JobStatus): UnseenEnd {
  if (status === 'failed' || status === 'interrupted') return 'failed'
  return status === 'completed' ? (before ?? 'done') : before
}

export const createUnseenStore = () => createStore<{ end: UnseenEnd }>(() => ({ end: null }))
