/**
 * @file The engine's HTTP interface as the studio uses it: typed answers, a limit on waiting, and failures in words.
 * What the engine tells by itself comes over `engine-feed.ts`. The engine speaks ComfyUI's protocol; two things are ours:
 * the `job` key of a prompt's answer and the feed.
 */
import * as z from 'zod'
import { type PromptNode, promptNodeSchema } from '#contracts/comfy/prompt'
import { promptAnswerSchema, type QueueCommand, queueAnswerSchema } from '#contracts/studio-feed'
import { parseExact, stringifyExact } from '#platform/exact-json'
import { StudioError } from '../http/errors.ts'
import { PromptRefusedError, parseRefusal } from './prompt-refusal.ts'

/** What is posted as a prompt. */
export interface PromptRequest {
  prompt: Record<string, unknown>
  extraData: Record<string, unknown>
  /** Run before everything queued. */
  front?: boolean
  /** Only these output nodes. */
  targets?: readonly string[]
  /** A UUID; absent: the engine makes one. */
  promptId?: string
}

export interface AcceptedPrompt {
  promptId: string
  /** The job's folder name. */
  job: string
  /** Queue priority: lower runs first. */
  number: number
}

/** A prompt that waits, as the engine's queue holds it. */
export interface QueuedPrompt {
  prompt: Record<string, PromptNode>
  extraData: Record<string, unknown>
  outputsToExecute: string[]
}

interface CallOptions {
  signal?: AbortSignal | undefined
}

/** Every call throws StudioError `engine_unavailable` when the engine does not answer. */
export interface EngineClient {
  /** @throws PromptRefusedError when the engine refuses the graph */
  queuePrompt(request: PromptRequest, options?: CallOptions): Promise<AcceptedPrompt>
  /** @returns whether the prompt was waiting or running, and was told to stop */
  cancelJob(promptId: string, options?: CallOptions): Promise<boolean>
  /** Stops the running prompt, if it is this one. */
  interrupt(promptId: string, options?: CallOptions): Promise<void>
  /** Drops waiting prompts; unknown ids are ignored. */
  dropQueued(promptIds: readonly string[], options?: CallOptions): Promise<void>
  /** Pauses, resumes or reorders. @returns `done` false when a job of the command does not wait */
  steerQueue(command: QueueCommand, options?: CallOptions): Promise<{ done: boolean; paused: boolean }>
  /** The graph of a prompt that waits or runs; null when it does neither. */
  findQueued(promptId: string, options?: CallOptions): Promise<QueuedPrompt | null>
  /** Every prompt that runs or waits, by its id. */
  listQueued(options?: CallOptions): Promise<ReadonlyMap<string, QueuedPrompt>>
  /** All node classes with their declarations, as `object_info` has them. */
  objectInfo(options?: CallOptions): Promise<Record<string, unknown>>
  /** Names of all node classes the engine has. */
  nodeClasses(options?: CallOptions): Promise<Set<string>>
  /** File names in a model folder; an unknown folder is empty. */
  models(folder: string, options?: CallOptions): Promise<string[]>
  /** Gives memory back after the current prompt. */
  free(what: { unloadModels: boolean; freeMemory: boolean }, options?: CallOptions): Promise<void>
}

export interface EngineClientOptions {
  /** Where the engine listens now, e.g. `http://127.0.0.1:8188`; null while it has no address. */
  baseUrl: () => string | null
  /** Headers of every request, for an engine that demands a key. */
  headers?: () => Record<string, string>
  /** Milliseconds until an answer is no longer awaited. @default 10000 */
  timeout?: number
  fetch?: typeof globalThis.fetch
}

const cancelAnswerSchema = z.object({ cancelled: z.boolean() })
const objectInfoSchema = z.record(z.string(), z.unknown())
const modelListSchema = z.array(z.string())
const queueItemSchema = z.tuple(
  [
    z.union([z.number(), z.bigint()]),
    z.string(),
    z.record(z.string(), promptNodeSchema),
    z.record(z.string(), z.unknown()),
    z.array(z.string()),
  ],
  z.unknown(),
)
const queueSchema = z.object({ queue_running: z.array(queueItemSchema), queue_pending: z.array(queueItemSchema) })

export function createEngineClient(options: EngineClientOptions): EngineClient {
  const { baseUrl, headers = () => ({}), timeout = 10_000, fetch = globalThis.fetch } = options

  async function call(method: 'GET' | 'POST', path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    signal?.throwIfAborted()
    const base = baseUrl()
    if (base === null) throw unavailable('The engine is not running yet')
    const limit = AbortSignal.timeout(timeout)
    try {
      return await fetch(new URL(path, base), {
        method,
        headers: { ...headers(), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: stringifyExact(body) }),
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      })
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      throw unavailable(limit.aborted ? 'The engine does not answer' : 'The engine is not running', error)
    }
  }

  /** The parsed body of a successful answer. */
  async function ask<T>(schema: z.ZodType<T>, ...request: Parameters<typeof call>): Promise<T> {
    return askAnd(JSON.parse, schema, ...request)
  }

  async function askAnd<T>(
    parse: (text: string) => unknown,
    schema: z.ZodType<T>,
    ...request: Parameters<typeof call>
  ): Promise<T> {
    const response = await call(...request)
    try {
      if (response.ok) return schema.parse(parse(await response.text()))
      await response.body?.cancel()
    } catch (error) {
      if (request[3]?.aborted) throw request[3].reason
      throw unavailable('The engine gave an answer that was not understood', error)
    }
    throw unavailable(`The engine answered ${response.status} to ${request[0]} ${request[1]}`)
  }

  /** For answers without a body. */
  async function tell(path: string, body: unknown, signal?: AbortSignal): Promise<void> {
    const response = await call('POST', path, body, signal)
    await response.body?.cancel()
    if (!response.ok) throw unavailable(`The engine answered ${response.status} to POST ${path}`)
  }

  async function listQueued({ signal }: CallOptions = {}): Promise<ReadonlyMap<string, QueuedPrompt>> {
    const queue = await askAnd(parseExact, queueSchema, 'GET', '/queue', undefined, signal)
    return new Map(
      [...queue.queue_running, ...queue.queue_pending].map(([, id, prompt, extraData, outputsToExecute]) => [
        id,
        { prompt: prompt as Record<string, PromptNode>, extraData, outputsToExecute },
      ]),
    )
  }

  return {
    async queuePrompt({ prompt, extraData, front, targets, promptId }, { signal } = {}) {
      const body = {
        prompt,
        extra_data: extraData,
        ...(promptId ? { prompt_id: promptId } : {}),
        ...(front ? { front: true } : {}),
        ...(targets?.length ? { partial_execution_targets: targets } : {}),
      }
      const response = await call('POST', '/prompt', body, signal)
      if (response.status === 400) {
        const refusal = parseRefusal(await response.json().catch(() => null))
        if (refusal) throw new PromptRefusedError(refusal)
      }
      if (!response.ok) {
        await response.body?.cancel()
        if (response.status === 507) {
          throw new StudioError('insufficient_storage', 'The disk is full: the job could not be queued')
        }
        throw unavailable(
          response.status === 503 ? 'The engine is stopping' : `The engine answered ${response.status} to the prompt`,
        )
      }
      const answer = promptAnswerSchema.safeParse(await response.json().catch(() => null))
      if (!answer.data?.job) {
        // Not to be tried again: it would run again.
        throw new StudioError(
          'conflict',
          'The engine took the prompt without naming its job: it is none of this studio',
        )
      }
      return { promptId: answer.data.prompt_id, job: answer.data.job, number: answer.data.number }
    },

    async cancelJob(promptId, { signal } = {}) {
      const path = `/api/jobs/${encodeURIComponent(promptId)}/cancel`
      return (await ask(cancelAnswerSchema, 'POST', path, {}, signal)).cancelled
    },

    interrupt: (promptId, { signal } = {}) => tell('/interrupt', { prompt_id: promptId }, signal),
    dropQueued: (promptIds, { signal } = {}) => tell('/queue', { delete: promptIds }, signal),

    async steerQueue(command, { signal } = {}) {
      return ask(queueAnswerSchema, 'POST', '/internal/studio/queue', command, signal)
    },

    findQueued: async (promptId, options) => (await listQueued(options)).get(promptId) ?? null,
    listQueued,

    objectInfo: ({ signal } = {}) => ask(objectInfoSchema, 'GET', '/object_info', undefined, signal),

    async nodeClasses({ signal } = {}) {
      return new Set(Object.keys(await ask(objectInfoSchema, 'GET', '/object_info', undefined, signal)))
    },

    async models(folder, { signal } = {}) {
      const response = await call('GET', `/models/${encodeURIComponent(folder)}`, undefined, signal)
      if (response.ok) return modelListSchema.catch([]).parse(await response.json().catch(() => []))
      await response.body?.cancel()
      if (response.status === 404) return []
      throw unavailable(`The engine answered ${response.status} to GET /models`)
    },

    free: ({ unloadModels, freeMemory }, { signal } = {}) =>
      tell('/free', { unload_models: unloadModels, free_memory: freeMemory }, signal),
  }
}

function unavailable(detail: string, cause?: unknown): StudioError {
  return new StudioError('engine_unavailable', detail, { cause, retryAfter: 2 })
}
