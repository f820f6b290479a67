/** @file What became of each node of a job's graph, live or from its record, and when it ran. Pure. */
import type { JobDetail, JobProgress } from '#contracts/jobs'

export type NodeState = 'done' | 'cached' | 'running' | 'failed' | 'stopped' | 'waiting' | 'unused'

export const nodeStateWords: Record<NodeState, string> = {
  done: 'Done',
  cached: 'Kept from before',
  running: 'Running',
  failed: 'Failed',
  stopped: 'Stopped',
  waiting: 'Waiting',
  unused: 'Did not run',
}

type Told = Pick<JobDetail, 'status' | 'error' | 'nodes'> & { progress: JobProgress | null }

/** @returns states by node id; without an entry nothing is known (an older record) */
export function nodeStates(job: Told, ids: readonly string[]): Map<string, NodeState> {
  const states = new Map<string, NodeState>()
  const known = new Set(ids)
  const put = (state: NodeState, which: Iterable<string>) => {
    for (const id of which) if (known.has(id)) states.set(id, state)
  }
  if (job.status === 'queued' || job.status === 'running') {
    put('waiting', ids)
    put('done', job.progress?.finished ?? [])
    if (job.progress?.node_id) put('running', [job.progress.node_id])
    return states
  }
  if (job.nodes !== undefined) {
    put('unused', ids)
    for (const { id, cached, finished_at: end } of job.nodes) {
      put(cached ? 'cached' : end === null ? 'stopped' : 'done', [id])
    }
  }
  if (job.status === 'failed' && job.error?.node_id) put('failed', [job.error.node_id])
  return states
}

export interface NodeSpan {
  id: string
  /** seconds since the job started */
  from: number
  /** seconds */
  took: number
  cached: boolean
}

/** When the nodes ran, in the order they began; a node the run ended in lasts to the end. */
export function nodeSpans(job: Pick<JobDetail, 'started_at' | 'finished_at' | 'nodes'>): NodeSpan[] {
  const start = job.started_at
  if (start === null) return []
  return (job.nodes ?? []).map(({ id, started_at: from, finished_at: to, cached }) => ({
    id,
    from: Math.max(0, from - start),
    took: cached ? 0 : Math.max(0, (to ?? job.finished_at ?? from) - from),
    cached,
  }))
}
