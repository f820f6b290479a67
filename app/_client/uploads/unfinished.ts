/** @file Asks the pod after a reload what is unfinished, and again while it still believes that somebody is sending. */
import type { UnfinishedUploads } from '#contracts/uploads'
import { getJson } from '../http.ts'
import type { Uploads } from './uploads.ts'

const againAfter = 3000
/** Longer than a broken connection can stay open through the proxy; whatever is active after that, another page sends. */
const tries = 20

/** @returns stops asking */
export function findUnfinished(uploads: Uploads): () => void {
  const stopped = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  async function ask(left: number) {
    const answer = await getJson<UnfinishedUploads>('/api/admin/uploads', { signal: stopped.signal }).catch(() => null)
    if (stopped.signal.aborted) return
    const idle = answer?.uploads.filter(({ active }) => !active) ?? []
    if (idle.length > 0) void uploads.queue().then((queue) => queue.restore(idle))
    const settled = answer?.uploads.every(({ active }) => !active) ?? false
    if (!settled && left > 0) timer = setTimeout(ask, againAfter, left - 1)
  }
  void ask(tries)
  return () => {
    stopped.abort()
    clearTimeout(timer)
  }
}
