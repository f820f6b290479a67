/**
 * @file Remembers the settings of runs whose workflow the pod does not keep. They are read from a job's graph, which is in its
 * record or waits in the engine's queue, when the job is first shown.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { GraphSetting, Job } from '#contracts/jobs'
import type { EngineClient, QueuedPrompt } from '../engine-client/engine-client.ts'
import { type NodeInfos, parseNodeInfos } from '../workflows/import/node-infos.ts'
import { graphSettings, isLooseRun } from './graph-settings.ts'
import type { JobRecords } from './job-records.ts'
import { isLive } from './live-jobs.ts'

export interface RunSettings {
  /**
   * Reads what is not known yet of these jobs, and waits for it a moment: a list must not hang on an engine that does. Never
   * rejects: what could not be read is asked for again the next time.
   */
  know(jobs: readonly Job[]): Promise<void>
  /** The job with its settings, where they are known and the pod does not keep its workflow. */
  with<T extends Job>(job: T): T
  /** The engine is another one, or came back: its nodes may be others. */
  forgetNodes(): void
}

interface RunSettingsDeps {
  records: Pick<JobRecords, 'read'>
  engine: Pick<EngineClient, 'objectInfo' | 'listQueued'>
}

type Queued = ReadonlyMap<string, QueuedPrompt>

/** Records read at once. */
const atOnce = 8
/** Jobs remembered, the newest asked for. */
const mostJobs = 5000
/** How long a list waits for them. Milliseconds. */
const patience = 500

export function createRunSettings({ records, engine }: RunSettingsDeps): RunSettings {
  const known = new Map<string, GraphSetting[]>()
  const reading = new Map<string, Promise<void>>()
  let nodes: Promise<NodeInfos> | null = null

  function nodeInfos(): Promise<NodeInfos> {
    nodes ??= engine.objectInfo().then(parseNodeInfos)
    nodes.catch(() => {
      nodes = null
    })
    return nodes
  }

  async function read(job: Job, infos: NodeInfos, queue: () => Promise<Queued>): Promise<void> {
    // A job gets its folder when it starts.
    const record = job.status === 'queued' ? null : await records.read(job.id)
    const prompt = record?.prompt ?? (isLive(job) ? (await queue()).get(job.prompt_id)?.prompt : undefined)
    if (!prompt) return
    if (known.size >= mostJobs) known.delete(known.keys().next().value!)
    known.set(job.id, graphSettings(prompt, infos))
  }

  async function readAll(jobs: readonly Job[]): Promise<void> {
    const infos = await nodeInfos().catch(() => null)
    if (infos === null) return
    let queue: Promise<Queued> | null = null
    const waiting = jobs.values()
    const askQueue = () => {
      queue ??= engine.listQueued()
      return queue
    }
    const worker = async () => {
      for (const job of waiting) await read(job, infos, askQueue).catch(() => undefined)
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
  }

  return {
    async know(jobs) {
      const unknown = jobs.filter((job) => isLooseRun(job) && !known.has(job.id))
      if (unknown.length === 0) return
      const begun = unknown.filter(({ id }) => !reading.has(id))
      const work = readAll(begun).finally(() => {
        for (const { id } of begun) reading.delete(id)
      })
      for (const { id } of begun) reading.set(id, work)
      const done = Promise.all(new Set(unknown.map(({ id }) => reading.get(id))))
      const enough = new AbortController()
      await Promise.race([done, sleep(patience, undefined, { signal: enough.signal }).catch(() => undefined)])
      enough.abort()
    },
    with(job) {
      const settings = known.get(job.id)
      return settings ? { ...job, settings } : job
    },
    forgetNodes() {
      nodes = null
    },
  }
}
