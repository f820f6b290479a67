/**
 * @file One run as the engine follows it: collects what history needs, keeps progress, and holds back the message that
 * ends the run until the record is durable. Executes nothing and writes nothing.
 */
import type { ExecutionError, RunMessage } from '#contracts/comfy/messages'
import type { Prompt } from '#contracts/comfy/prompt'
import type { Job, JobError, JobRecord } from '#contracts/jobs'
import type { QueuedJob } from '../queue/prompt-queue.ts'
import { RunProgress } from '../queue/run-progress.ts'
import { isKeptInHistory, type WireMessage, wireMessage } from '../queue/wire-message.ts'
import type { RunOutcome, RunRequest } from '../runner/messages.ts'
import type { RunIdentity } from './lifecycle-observer.ts'
import { NodeTimes } from './node-times.ts'
import { type EndStatus, endedRecord, jobOf } from './record.ts'

/** Why a run is being stopped: by a person, or because the engine stops. */
export type StopReason = 'cancelled' | 'interrupted'

/** May end a run. An error may also be reported for a blocked node, and the run goes on. */
const endingTypes: ReadonlySet<string> = new Set(['execution_success', 'execution_error', 'execution_interrupted'])

export class JobRun {
  readonly identity: RunIdentity
  readonly progress: RunProgress
  record: JobRecord
  readonly #stopping = new AbortController()
  #stopReason: StopReason | null = null
  #held: WireMessage[] = []
  #kept: [string, Record<string, unknown>][] = []
  #executed: string[] = []
  readonly #times: NodeTimes
  readonly #queued: QueuedJob

  /** @param startedAt - Unix seconds */
  constructor(queued: QueuedJob, startedAt: number) {
    this.#queued = queued
    this.record = { ...queued.record, status: 'running', started_at: startedAt, outputs: [] }
    this.identity = { job: this.record.id, promptId: this.record.prompt_id, clientId: this.record.client_id }
    this.progress = new RunProgress(this.record.prompt as Prompt, this.record.outputs_to_execute)
    this.#times = new NodeTimes(this.record.prompt)
  }

  get job(): Job {
    return jobOf(this.record, this.progress.current)
  }

  get request(): RunRequest {
    const { record, secrets, studio } = this.#queued
    return {
      promptId: record.prompt_id,
      job: record.id,
      prompt: record.prompt as Prompt,
      outputsToExecute: record.outputs_to_execute,
      extraData: { ...record.extra_data, ...secrets },
      naming: studio ? 'studio' : 'comfy',
      outputKinds: studio?.outputs ?? {},
    }
  }

  /** Aborted when the run is to stop. */
  get signal(): AbortSignal {
    return this.#stopping.signal
  }

  /** Asks the run to stop. The first reason stays. */
  stop(reason: StopReason): void {
    this.#stopReason ??= reason
    this.#stopping.abort()
  }

  /** @returns the messages that may go out now, in order */
  take(message: RunMessage, timestamp: number): WireMessage[] {
    this.progress.apply(message)
    this.#times.apply(message, timestamp)
    if (message.type === 'executed') this.#executed.push(message.data.node)
    const wire = wireMessage(message, this.identity.promptId, timestamp)
    if (isKeptInHistory(message.type)) this.#kept.push([wire.type, wire.data])
    const released = this.release()
    if (!endingTypes.has(message.type)) return [...released, wire]
    this.#held.push(wire)
    return released
  }

  /** The messages held back, which nothing holds back any more. */
  release(): WireMessage[] {
    return this.#held.splice(0)
  }

  /**
   * Turns the outcome into the ended record. A run that ended without saying so (its process died) gets the message
   * that was missing.
   * @param now - Unix milliseconds
   */
  end(outcome: RunOutcome, now: number): JobRecord {
    const status = this.#statusOf(outcome)
    const error = status === 'failed' ? (outcome.error ?? unknownError) : null
    if (status === 'failed') this.#ensureLast('execution_error', now, () => this.#errorData(error!))
    else if (status !== 'completed') this.#ensureLast('execution_interrupted', now, () => this.#interruptedData())
    // The run's own record stays `running`: nobody may see an end that is not durable yet.
    return endedRecord(this.record, status, now / 1000, error, {
      outputs: outcome.outputs,
      meta: outcome.meta,
      messages: this.#kept,
      nodes: this.#times.list,
    })
  }

  #statusOf(outcome: RunOutcome): EndStatus {
    if (outcome.status === 'success') return 'completed'
    if (outcome.status === 'interrupted') return this.#stopReason ?? 'cancelled'
    // A run that would not stop is killed: then its process is gone because we wanted it to stop.
    if (this.#stopReason && outcome.error?.type === 'RunnerCrashed') return this.#stopReason
    return 'failed'
  }

  #ensureLast(type: 'execution_error' | 'execution_interrupted', now: number, data: () => Record<string, unknown>) {
    if (this.#kept.at(-1)?.[0] === type) return
    // An ending of another kind that came last (an error of the kill, say) is not how this run ended.
    const last = this.#kept.at(-1)
    if (last && endingTypes.has(last[0]) && this.#held.length > 0) {
      this.#kept.pop()
      this.#held = []
    }
    const wire: WireMessage = { type, data: { ...data(), prompt_id: this.identity.promptId, timestamp: now } }
    this.#kept.push([wire.type, wire.data])
    this.#held.push(wire)
  }

  #errorData(error: JobError): Record<string, unknown> {
    const data: ExecutionError = {
      node_id: error.node_id ?? this.progress.node ?? '',
      node_type: error.node_type ?? '',
      executed: this.#executed,
      exception_message: error.message.endsWith('\n') ? error.message : `${error.message}\n`,
      exception_type: error.type,
      traceback: [],
      current_inputs: {},
      current_outputs: [],
    }
    return { ...data }
  }

  #interruptedData(): Record<string, unknown> {
    const id = this.progress.node
    const node = id === null ? undefined : this.record.prompt[id]
    const type = (node as { class_type?: string } | undefined)?.class_type ?? ''
    return { node_id: id ?? '', node_type: type, executed: this.#executed }
  }
}

const unknownError: JobError = {
  type: 'RuntimeError',
  message: 'The run failed without saying why.',
  node_id: null,
  node_type: null,
}
