/**
 * @file The life of a job from acceptance to its record: durable before it is answered, one at a time on the runner,
 * and ended in an order that lets clients trust what they see: `job.json`, marker gone, history, and only then the
 * message that says so. Knows no HTTP and no nodes.
 */
import type { RunMessage, UiOutput } from '#contracts/comfy/messages'
import type { Job, JobError, JobFile, JobRecord } from '#contracts/jobs'
import { isOutOfSpace } from '#platform/files/durable-write'
import type { JobDatabase } from '../history/job-database.ts'
import { PromptQueue, type QueuedJob, type QueuePlace } from '../queue/prompt-queue.ts'
import type { FromRunner, RunOutcome, RunRequest } from '../runner/messages.ts'
import type { JobObserver } from './lifecycle-observer.ts'
import { JobRun, type StopReason } from './lifecycle-run.ts'
import { type AcceptedPrompt, type EndStatus, endedRecord, jobId, jobOf, queuedRecord } from './record.ts'
import type { RecordFiles } from './record-file.ts'

/** What the life cycle needs of the runner. */
export interface JobRunner {
  /**
   * Resolves with how the run ended, also when the runner died. Messages come in order, before that.
   * @param signal - asks the run to stop; it is killed when it does not
   */
  run(request: RunRequest, onMessage: (message: FromRunner) => void, signal: AbortSignal): Promise<RunOutcome>
}

/** What the life cycle needs of the asset catalogue. */
export interface ResultCatalogue {
  /** A file that is durable now; the message that names it comes after. */
  registerResult(file: JobFile, promptId: string): void
  /** The same output, each result file with the id of its asset. */
  withAssetIds(output: UiOutput): UiOutput
}

export interface LifecycleOptions {
  database: JobDatabase
  files: RecordFiles
  runner: JobRunner
  observer: Required<JobObserver>
  /** Absent: results are no assets. */
  assets?: ResultCatalogue
  /** Unix milliseconds. */
  now: () => number
  /** Random lower-case hex digits. */
  randomHex: (digits: number) => string
  log: (level: 'info' | 'warn' | 'error', message: string) => void
  /** Milliseconds between writes of a running job's record. @default 500 */
  recordInterval?: number
  /** Milliseconds after which records that could not be saved are tried again. @default 15000 */
  retryInterval?: number
}

/** Thrown by `accept` when the engine is stopping. */
export class NotAcceptingError extends Error {
  override name = 'NotAcceptingError'
}

export class JobLifecycle {
  readonly #options: LifecycleOptions
  readonly #queue = new PromptQueue()
  #run: JobRun | null = null
  #loop: Promise<void> | null = null
  #closing = false
  #paused: boolean
  #abandon: (() => void) | null = null
  /** Ended records that a full disk kept from being saved. */
  readonly #unsaved = new Map<string, JobRecord>()
  #retryTimer: NodeJS.Timeout | null = null

  constructor(options: LifecycleOptions) {
    this.#options = options
    this.#paused = options.database.isPaused()
  }

  get running(): JobRecord | null {
    return this.#run?.record ?? null
  }

  /** Visible id of the node that runs now, and whose client it is. */
  get runningNode(): { clientId: string | null; node: string | null } | null {
    return this.#run && { clientId: this.#run.identity.clientId, node: this.#run.progress.node }
  }

  /** In running order. */
  get pending(): JobRecord[] {
    return this.#queue.pending.map((job) => job.record)
  }

  /** Everything that has not ended, the running job first. */
  get unfinishedJobs(): Job[] {
    return [...(this.#run ? [this.#run.job] : []), ...this.pending.map((record) => jobOf(record, null))]
  }

  /** Pending and running. */
  get remaining(): number {
    return this.#queue.pending.length + (this.#run ? 1 : 0)
  }

  get nextNumber(): number {
    return this.#queue.nextNumber
  }

  /** Runs before everything waiting; null when nothing waits. */
  get numberBeforeAll(): number | null {
    return this.#queue.numberBeforeAll
  }

  /** Nothing is taken from the queue; what runs goes on. */
  get paused(): boolean {
    return this.#paused
  }

  isLive(job: string): boolean {
    return this.#run?.record.id === job || this.#queue.pending.some((queued) => queued.record.id === job)
  }

  /**
   * Queues a validated prompt. It is durable when this returns. A prompt that names a job which is known already is that
   * job, and nothing is queued: whoever did not hear the answer may ask again.
   * @throws NotAcceptingError while stopping; SQLite errors when it could not be made durable
   */
  accept(accepted: AcceptedPrompt): JobRecord {
    if (this.#closing) throw new NotAcceptingError('the engine is stopping')
    const now = this.#options.now()
    const { database, files, randomHex } = this.#options
    const given = accepted.studio?.job
    if (given !== undefined && (database.knows(given) || files.isTaken(given))) {
      return this.#find(given) ?? queuedRecord(given, accepted, now / 1000)
    }
    let id = given ?? jobId(new Date(now), randomHex(6))
    while (database.knows(id) || files.isTaken(id)) id = jobId(new Date(now), randomHex(6))
    const record = queuedRecord(id, accepted, now / 1000)
    database.addQueued(record)
    this.#queue.add({ record, secrets: accepted.secrets, studio: accepted.studio })
    this.#options.observer.jobChanged(jobOf(record, null), 'queued')
    this.#options.observer.queueChanged()
    this.#start()
    return record
  }

  /** Takes up again what waited when the engine stopped. */
  resume(jobs: readonly Omit<QueuedJob, 'sequence'>[]): void {
    for (const job of jobs) this.#queue.add(job)
    this.#start()
  }

  /** Cancels pending jobs; running ones are left alone and unknown ids ignored. @returns how many were cancelled */
  async cancelPending(promptIds: 'all' | readonly string[]): Promise<number> {
    const removed = promptIds === 'all' ? this.#queue.clear() : this.#queue.remove(new Set(promptIds))
    if (removed.length === 0) return 0
    const now = this.#options.now()
    for (const { record } of removed) {
      const ended = endedRecord(record, 'cancelled', now / 1000, null, { outputs: {}, meta: {}, messages: [] })
      await this.#save(ended)
      this.#options.observer.jobChanged(jobOf(ended, null), 'ended')
    }
    this.#options.observer.queueChanged()
    return removed.length
  }

  /** Stops or goes on taking jobs from the queue, also over restarts. @throws SQLite errors, then nothing changed */
  setPaused(paused: boolean): void {
    if (paused === this.#paused) return
    this.#options.database.setPaused(paused)
    this.#paused = paused
    this.#options.observer.pauseChanged(paused)
    if (!paused) this.#start()
  }

  /**
   * Moves a waiting job. It is durable when this returns.
   * @param job - its name
   * @returns its record, or null when it or the job it should stand beside does not wait
   * @throws SQLite errors, then nothing changed
   */
  move(job: string, place: QueuePlace): JobRecord | null {
    const numbers = this.#queue.planMove(job, place)
    if (numbers === null) return null
    const planned = this.pending
      .filter((record) => numbers.has(record.id))
      .map((record) => ({ ...record, number: numbers.get(record.id)! }))
    this.#options.database.moveQueued(planned)
    for (const record of this.#queue.setNumbers(numbers)) {
      this.#options.observer.jobChanged(jobOf(record, null), 'moved')
    }
    // The Comfy wire has no word for a new order; its clients ask for the queue when its length is told.
    if (numbers.size > 0) this.#options.observer.queueChanged()
    return this.pending.find((record) => record.id === job) ?? null
  }

  /** Stops the running job. @param promptId - only if it is this prompt's @returns whether one was asked to stop */
  interrupt(promptId: string | null, reason: StopReason = 'cancelled'): boolean {
    const run = this.#run
    if (!run || (promptId !== null && run.identity.promptId !== promptId)) return false
    run.stop(reason)
    return true
  }

  /**
   * Accepts nothing more and ends the running job as interrupted; pending ones stay queued.
   * @param grace - milliseconds the runner has to let go of the job
   */
  async shutdown(grace: number): Promise<void> {
    this.#closing = true
    if (this.#retryTimer) clearInterval(this.#retryTimer)
    this.interrupt(null, 'interrupted')
    const timer = setTimeout(() => this.#abandon?.(), grace)
    await this.#loop
    clearTimeout(timer)
    await this.#retry()
  }

  #find(job: string): JobRecord | null {
    return [...(this.#run ? [this.#run.record] : []), ...this.pending].find((record) => record.id === job) ?? null
  }

  #start(): void {
    this.#loop ??= this.#runAll().finally(() => {
      this.#loop = null
      if (!this.#closing && !this.#paused && this.#queue.pending.length > 0) this.#start()
    })
  }

  async #runAll(): Promise<void> {
    // The answer to the client that queued it should leave before its run starts.
    await new Promise((resolve) => setImmediate(resolve))
    while (!this.#closing && !this.#paused) {
      const next = this.#queue.takeNext()
      if (!next) return
      try {
        await this.#runOne(next)
      } catch (error) {
        // Nothing may stop the queue; what failed here was not foreseen.
        this.#options.log('error', `job ${next.record.id}: ${(error as Error).stack ?? error}`)
        this.#run = null
        this.#options.observer.queueChanged()
      }
    }
  }

  async #runOne(queued: QueuedJob): Promise<void> {
    const { observer, now } = this.#options
    const run = new JobRun(queued, now() / 1000)
    this.#run = run
    observer.queueChanged()

    const outcome = this.#outcomeWithIds((await this.#prepare(run)) ?? (await this.#execute(run)))

    const ended = run.end(outcome, now())
    await this.#save(ended)
    for (const message of run.release()) observer.runMessage(run.identity, message)
    this.#run = null
    observer.queueChanged()
    observer.runEnded(run.identity)
    observer.jobChanged(jobOf(ended, null), 'ended')
  }

  /** Makes the job's folder. @returns the outcome when that failed */
  async #prepare(run: JobRun): Promise<RunOutcome | null> {
    try {
      await this.#options.files.createFolder(run.record.id)
      return null
    } catch (error) {
      return failure({
        type: 'OSError',
        message: isOutOfSpace(error)
          ? 'The disk is full: the folder of this job could not be made.'
          : `The folder of this job could not be made: ${(error as Error).message}`,
        node_id: null,
        node_type: null,
      })
    }
  }

  async #execute(run: JobRun): Promise<RunOutcome> {
    const { files, observer, runner, log } = this.#options
    const writer = createRecordWriter({
      write: () => files.write(run.record),
      interval: this.#options.recordInterval ?? 500,
      onFailure: (error) => log('warn', `job ${run.record.id}: the record was not written: ${error.message}`),
    })
    observer.jobChanged(run.job, 'started')
    const abandoned = new Promise<RunOutcome>((resolve) => {
      this.#abandon = () => resolve({ status: 'interrupted', outputs: {}, meta: {}, error: null })
    })
    // The run begins while its first record is still being made durable.
    writer.now()
    try {
      return await Promise.race([
        runner.run(run.request, (message) => this.#take(run, message, writer.soon), run.signal),
        abandoned,
      ])
    } catch (error) {
      return failure({ type: 'RunnerCrashed', message: (error as Error).message, node_id: null, node_type: null })
    } finally {
      this.#abandon = null
      await writer.stop()
    }
  }

  #take(run: JobRun, message: FromRunner, recordChanged: () => void): void {
    const { observer } = this.#options
    if (this.#run !== run) return
    if (message.type === 'message') {
      const shown = this.#withAssetIds(message.message)
      for (const wire of run.take(shown, message.timestamp)) observer.runMessage(run.identity, wire)
      observer.progress(run.identity, run.progress.current)
    } else if (message.type === 'preview') {
      observer.preview(run.identity, message)
    } else if (message.type === 'text') {
      observer.text(run.identity, message.nodeId, message.text)
    } else if (message.type === 'opening') {
      run.progress.opening(message.model, this.#options.now() / 1000)
      observer.progress(run.identity, run.progress.current)
    } else if (message.type === 'output') {
      run.record = { ...run.record, outputs: [...run.record.outputs, message.file] }
      attempt(() => this.#options.assets?.registerResult(message.file, run.identity.promptId))
      recordChanged()
      observer.jobChanged(run.job, 'output')
    }
  }

  #outcomeWithIds(outcome: RunOutcome): RunOutcome {
    const { assets } = this.#options
    if (!assets) return outcome
    const outputs = Object.entries(outcome.outputs).map(([node, output]) => [node, assets.withAssetIds(output)])
    return { ...outcome, outputs: Object.fromEntries(outputs) }
  }

  #withAssetIds(message: RunMessage): RunMessage {
    const { assets } = this.#options
    if (!assets || message.type !== 'executed' || message.data.output === null) return message
    return { ...message, data: { ...message.data, output: assets.withAssetIds(message.data.output) } }
  }

  /** Record, marker, history, in this order. Never throws: what a full disk refuses is tried again later. */
  async #save(record: JobRecord): Promise<void> {
    const { files, database, log } = this.#options
    try {
      await files.writeEnded(record)
      await files.removeMarker(record.id)
      database.addEnded(record)
      this.#unsaved.delete(record.id)
    } catch (error) {
      log('error', `job ${record.id}: the record was not saved, to be tried again: ${(error as Error).message}`)
      this.#unsaved.set(record.id, record)
      // Removing needs no space, and the history is another file.
      await files.removeMarker(record.id).catch(() => undefined)
      attempt(() => database.addEnded(record))
      this.#retryTimer ??= setInterval(() => void this.#retry(), this.#options.retryInterval ?? 15_000).unref()
    }
  }

  async #retry(): Promise<void> {
    for (const record of [...this.#unsaved.values()]) {
      await this.#save(record)
    }
    if (this.#unsaved.size === 0 && this.#retryTimer) {
      clearInterval(this.#retryTimer)
      this.#retryTimer = null
    }
  }
}

/** The ended form of a job that was running when the engine or the machine went away. */
export function interruptedRecord(record: JobRecord, now: number): JobRecord {
  const data = { node_id: '', node_type: '', executed: [], prompt_id: record.prompt_id, timestamp: now }
  const status: EndStatus = 'interrupted'
  const started = { ...record, started_at: record.started_at ?? record.created_at }
  return endedRecord(started, status, now / 1000, null, {
    outputs: {},
    meta: {},
    messages: [
      ['execution_start', { prompt_id: record.prompt_id, timestamp: Math.round(started.started_at * 1000) }],
      ['execution_interrupted', data],
    ],
  })
}

/** Writes a changing record: at once when asked, else at most once per interval, never two at a time. */
function createRecordWriter(options: {
  write: () => Promise<void>
  interval: number
  onFailure: (error: Error) => void
}) {
  let timer: NodeJS.Timeout | null = null
  let last: Promise<void> = Promise.resolve()
  const now = () => {
    last = last.then(options.write).catch(options.onFailure)
  }
  return {
    now,
    soon: () => {
      timer ??= setTimeout(() => {
        timer = null
        now()
      }, options.interval)
    },
    /** Waits for the write under way; changes not yet written are the caller's. */
    async stop(): Promise<void> {
      if (timer) clearTimeout(timer)
      await last
    },
  }
}

function failure(error: JobError): RunOutcome {
  return { status: 'error', outputs: {}, meta: {}, error }
}

function attempt(action: () => void): void {
  try {
    action()
  } catch {
    // The caller has already reported why.
  }
}
