/**
 * @file Runs that were accepted while the engine could not be reached: kept on disk, and handed over in order once it can.
 * Each has its job's name from the beginning and the engine knows a name it has seen, so that a lost answer never runs
 * anything twice. What the engine then refuses ends as failed, with its record where every job's record is.
 */
import { mkdir, readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { type Job, type JobError, type JobRecord, jobIdPattern, jobSchema } from '#contracts/jobs'
import { parseExact, stringifyExact } from '#platform/exact-json'
import { writeFileDurably } from '#platform/files/durable-write'
import { recordText } from '#platform/job-record-text'
import { jobRecordName } from '#platform/studio-directory'
import type { PromptRequest } from '../engine-client/engine-client.ts'

export interface HeldRun {
  job: Job
  request: PromptRequest
}

export interface HeldRuns {
  has(id: string): boolean
  get(id: string): HeldRun | undefined
  /** Keeps a run. It is durable when this resolves. */
  hold(run: HeldRun): Promise<void>
  /** Ends one that the engine never got. @returns the job as it ended, null when it is no longer held */
  end(id: string, status: 'cancelled' | 'failed', error: JobError | null): Promise<Job | null>
  /** Hands over what is held, in order, as long as `send` takes it. One hand-over at a time. */
  handOver(send: (run: HeldRun) => Promise<'taken' | 'later' | JobError>): Promise<Job[]>
  /** What an earlier process kept, in order. */
  load(): Promise<Job[]>
}

export interface HeldRunsOptions {
  /** Absolute; made when needed. */
  directory: string
  outputRoot: string
  /** Milliseconds since the epoch. */
  now: () => number
  onDamaged?: (file: string) => void
}

const heldSchema = z.object({
  version: z.literal(1),
  job: jobSchema,
  request: z.object({
    prompt: z.record(z.string(), z.unknown()),
    extraData: z.record(z.string(), z.unknown()),
    front: z.boolean().optional(),
    targets: z.array(z.string()).optional(),
    promptId: z.string(),
  }),
})

export function createHeldRuns({ directory, outputRoot, now, onDamaged }: HeldRunsOptions): HeldRuns {
  const held = new Map<string, HeldRun>()
  let handingOver: Promise<Job[]> | null = null
  const pathOf = (id: string) => join(directory, `${id}.json`)

  async function forget(id: string): Promise<void> {
    await unlink(pathOf(id)).catch(ignoreMissing)
    held.delete(id)
  }

  async function end(id: string, status: 'cancelled' | 'failed', error: JobError | null): Promise<Job | null> {
    const run = held.get(id)
    if (!run) return null
    const job: Job = { ...run.job, status, error, finished_at: now() / 1000 }
    const { progress: _progress, ...plain } = job
    const record: JobRecord = {
      ...plain,
      version: 1,
      client_id: null,
      prompt: run.request.prompt,
      extra_data: run.request.extraData,
      outputs_to_execute: [...(run.request.targets ?? [])],
      history: null,
    }
    await mkdir(join(outputRoot, id), { recursive: true })
    await writeFileDurably(join(outputRoot, id, jobRecordName), recordText(record))
    await forget(id)
    return job
  }

  async function handOverAll(send: Parameters<HeldRuns['handOver']>[0]): Promise<Job[]> {
    const failed: Job[] = []
    for (const run of [...held.values()]) {
      if (!held.has(run.job.id)) continue
      const answer = await send(run)
      if (answer === 'later') break
      if (answer === 'taken') await forget(run.job.id)
      else {
        const job = await end(run.job.id, 'failed', answer)
        if (job) failed.push(job)
      }
    }
    return failed
  }

  return {
    has: (id) => held.has(id),
    get: (id) => held.get(id),
    end,
    async hold(run) {
      await mkdir(directory, { recursive: true })
      await writeFileDurably(pathOf(run.job.id), stringifyExact({ version: 1, ...run }))
      held.set(run.job.id, run)
    },
    handOver(send) {
      handingOver ??= handOverAll(send).finally(() => {
        handingOver = null
      })
      return handingOver
    },
    async load() {
      const names = await readdir(directory).catch((): string[] => [])
      for (const name of names.filter((each) => jobIdPattern.test(each.replace(/\.json$/, ''))).sort()) {
        const run = await readFile(join(directory, name), 'utf8')
          .then(parseHeld)
          .catch(() => null)
        if (run) held.set(run.job.id, run)
        else onDamaged?.(name)
      }
      return [...held.values()].map(({ job }) => job)
    },
  }
}

/** What is sent to the engine is exact; the job shows the nearest numbers. @throws SyntaxError, ZodError */
function parseHeld(text: string): HeldRun {
  const { request } = parseExact(text) as { request: unknown }
  return heldSchema.parse({ ...(JSON.parse(text) as object), request }) as HeldRun
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
