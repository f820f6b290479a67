/**
 * @file What a person can do with jobs: run a workflow, cancel, run again, look at one. The engine does the work; this
 * asks it, and answers with the job as the view knows it.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { CreateJob, Job, JobDetail, JobRecord, StudioRun } from '#contracts/jobs'
import type { RunWorkflow } from '#contracts/workflows'
import type { EngineClient, PromptRequest } from '../engine-client/engine-client.ts'
import { describeRefusal, PromptRefusedError } from '../engine-client/prompt-refusal.ts'
import { StudioError } from '../http/errors.ts'
import type { LoadedWorkflow } from '../workflows/workflow-files.ts'
import { unsavedPrefix } from './graph-settings.ts'
import type { HeldRuns } from './held-runs.ts'
import type { JobRecords } from './job-records.ts'
import type { JobView } from './job-view.ts'
import { isLive } from './live-jobs.ts'
import { reseed } from './reseed.ts'
import { acceptedJob, namesOf, patchPrompt, retryExtraData, studioRunOf } from './run-request.ts'
import { waitForView } from './wait-for-view.ts'
import { type InputContext, resolveInputs } from './workflow-inputs.ts'

export interface JobService {
  /**
   * While the engine cannot be reached the run is held and waits for it.
   * @throws StudioError `not_found`, `invalid_request`, `invalid_workflow`
   */
  create(request: CreateJob, signal?: AbortSignal): Promise<Job>
  /** Runs a workflow that is not kept. Throws as `create` does. */
  runUnsaved(request: RunWorkflow, signal?: AbortSignal): Promise<Job>
  /**
   * Runs an ended job again, with the same graph and the same or new seeds.
   * @throws StudioError `conflict` while it has not ended, `invalid_request` for new seeds of a run without any
   */
  retry(id: string, how?: { seed?: 'same' | 'new'; front?: boolean | undefined }, signal?: AbortSignal): Promise<Job>
  /** @throws StudioError `conflict` when it has already ended */
  cancel(id: string, signal?: AbortSignal): Promise<Job>
  detail(id: string, signal?: AbortSignal): Promise<JobDetail>
}

export interface JobServiceOptions extends InputContext {
  view: JobView
  records: Pick<JobRecords, 'read'>
  engine: Pick<EngineClient, 'queuePrompt' | 'cancelJob' | 'findQueued'>
  held: HeldRuns
  workflows: { require(id: string): Promise<LoadedWorkflow> }
  /** Milliseconds since the epoch. */
  now: () => number
  /** Milliseconds that `cancel`, once the engine answered, waits to see the job end, so that its answer says so. @default 1500 */
  cancelPatience?: number
}

export function createJobService(options: JobServiceOptions): JobService {
  const { view, records, engine, held, workflows, now, cancelPatience = 1500 } = options

  async function submit(request: PromptRequest, workflow: LoadedWorkflow | null, signal?: AbortSignal): Promise<Job> {
    const named = nameJob(request)
    const studio = named.extraData.studio as StudioRun
    try {
      const accepted = await engine.queuePrompt(named, { signal })
      return view.accept(acceptedJob(accepted, studio, now() / 1000))
    } catch (error) {
      if (error instanceof StudioError && error.code === 'engine_unavailable') {
        // Behind, or in front of, everything that the engine has; it gives the true number later.
        const number = request.front ? -now() : now()
        const job = acceptedJob({ promptId: named.promptId, job: studio.job!, number }, studio, now() / 1000)
        await held.hold({ job, request: named })
        return view.accept(job)
      }
      if (!(error instanceof PromptRefusedError)) throw error
      const words = describeRefusal(error.refusal, namesOf(request.prompt, workflow?.file))
      throw new StudioError('invalid_workflow', words, { cause: error })
    }
  }

  async function run(workflow: LoadedWorkflow, inputs: CreateJob['inputs'], front?: boolean, signal?: AbortSignal) {
    const resolved = await resolveInputs(workflow.file.inputs, inputs, options)
    const prompt = patchPrompt(workflow.file, resolved.values)
    const extraData = { studio: studioRunOf(workflow.id, workflow.file, resolved) }
    return submit({ prompt, extraData, ...(front ? { front } : {}) }, workflow, signal)
  }

  /** The names of prompt and job are ours, so that a request whose answer was lost can be repeated. */
  function nameJob(request: PromptRequest): PromptRequest & { promptId: string } {
    const stamp = new Date(now()).toISOString().replace(/[-:]/g, '').replace('T', '_').slice(0, 15)
    const job = `${stamp}_${randomBytes(3).toString('hex')}`
    const studio: StudioRun = { ...(request.extraData.studio as StudioRun), job }
    return { ...request, extraData: { ...request.extraData, studio }, promptId: randomUUID() }
  }

  function requireJob(id: string): Job {
    const job = view.find(id)
    if (!job) throw new StudioError('not_found', 'There is no such job')
    return job
  }

  async function requireRecord(id: string): Promise<JobRecord> {
    const record = await records.read(id)
    if (!record) throw new StudioError('not_found', 'The record of this job is gone from the disk')
    return record
  }

  return {
    async create({ workflow: id, inputs, front }, signal) {
      return run(await workflows.require(id), inputs, front, signal)
    },

    async runUnsaved({ workflow: file, inputs, front }, signal) {
      // Named by what it is, so that its runs are known to be runs of one workflow.
      const hash = createHash('sha256').update(JSON.stringify(file.prompt)).digest('hex').slice(0, 12)
      return run({ id: `${unsavedPrefix}${hash}`, shipped: false, file }, inputs, front, signal)
    },

    async retry(id, { seed = 'same', front } = {}, signal) {
      const job = requireJob(id)
      if (isLive(job))
        throw new StudioError('conflict', `The job is ${job.status}: it can be run again when it has ended`)
      const first = await requireRecord(id)
      const workflow = first.workflow && (await workflows.require(first.workflow.id).catch(() => null))
      const record = seed === 'new' ? reseed(first, workflow?.file.inputs ?? [], options.newSeed) : first
      if (!record) throw new StudioError('invalid_request', 'This run has no seed that could be another one')
      const { prompt, outputs_to_execute: targets } = record
      const request = { prompt, extraData: retryExtraData(record), targets, ...(front ? { front } : {}) }
      return submit(request, null, signal)
    },

    async cancel(id, signal) {
      const job = requireJob(id)
      const over = () => new StudioError('conflict', `The job has already ended: it is ${requireJob(id).status}`)
      if (!isLive(job)) throw over()
      const unsent = await held.end(id, 'cancelled', null)
      if (unsent) {
        view.applyFeed({ type: 'job', job: unsent, change: 'ended' })
        return unsent
      }
      const ended = waitForView(view, (change) => change.kind === 'ended' && change.job.id === id)
      try {
        const cancelled = await engine.cancelJob(job.prompt_id, { signal })
        await ended.within(cancelPatience)
        // Not told to stop, and yet over: it was faster than the request.
        if (!cancelled && !isLive(requireJob(id))) throw over()
        return requireJob(id)
      } finally {
        ended.stop()
      }
    },

    async detail(id, signal) {
      const job = requireJob(id)
      const record = await records.read(id)
      if (record) return { ...record, ...job }
      const unsent = held.get(id)?.request
      // Before a job starts it has no folder; its graph waits in the engine's queue.
      const queued = isLive(job) ? await engine.findQueued(job.prompt_id, { signal }).catch(() => null) : null
      const extraData = queued?.extraData ?? {}
      return {
        ...job,
        version: 1,
        client_id: typeof extraData.client_id === 'string' ? extraData.client_id : null,
        prompt: queued?.prompt ?? unsent?.prompt ?? {},
        extra_data: extraData,
        outputs_to_execute: queued?.outputsToExecute ?? [],
        history: null,
      }
    },
  }
}
