/**
 * @file From the body of `POST /prompt` to an accepted prompt or a refusal, in ComfyUI's order: number, presence, id,
 * replacements, validation. Counts the numbers; queues nothing.
 */

import type { NodeErrors, PromptError } from '#contracts/comfy/prompt'
import { studioRunSchema } from '#contracts/jobs'
import { roundLarge } from '#platform/exact-json'
import { validatePrompt } from '../graph/validate.ts'
import { type AcceptedPrompt, splitSecrets } from '../jobs/record.ts'
import type { NodeEnvironment } from '../nodes/define.ts'
import type { NodeRegistry } from '../nodes/registry.ts'
import { type NodeReplacement, replaceNodes } from '../packs/replacements.ts'

/** ComfyUI's way to say no. */
export interface PromptRefusal {
  error: PromptError
  node_errors: NodeErrors
}

export type Submission =
  | { ok: true; accepted: AcceptedPrompt; nodeErrors: NodeErrors }
  | { ok: false; refusal: PromptRefusal }

export interface SubmitterOptions {
  registry: NodeRegistry
  environment: NodeEnvironment
  /** Of node packs. */
  replacements: readonly NodeReplacement[]
  /** First number given to a prompt that brings none. */
  firstNumber: number
  /** Runs before everything waiting, null when nothing waits: waiting jobs may have been moved in front of `-number`. */
  numberBeforeAll: () => number | null
  /** Unix milliseconds. */
  now: () => number
  newId: () => string
}

const canonicalUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function isCanonicalUuid(value: unknown): value is string {
  return typeof value === 'string' && canonicalUuid.test(value)
}

export class PromptSubmitter {
  readonly #options: SubmitterOptions
  #nextNumber: number

  constructor(options: SubmitterOptions) {
    this.#options = options
    this.#nextNumber = options.firstNumber
  }

  /** @param usageSource - the header `Comfy-Usage-Source`, if sent */
  async submit(body: Record<string, unknown>, usageSource: string | undefined): Promise<Submission> {
    const { registry, environment, replacements, now, newId } = this.#options
    const number = this.#takeNumber(body)
    if (number === null) return refusal('invalid_prompt', 'number must be a number', String(body.number))

    if (!Object.hasOwn(body, 'prompt')) return refusal('no_prompt', 'No prompt provided', 'No prompt provided')

    const promptId = body.prompt_id ?? newId()
    if (!isCanonicalUuid(promptId)) {
      return refusal(
        'invalid_prompt_id',
        'prompt_id must be a valid UUID',
        'prompt_id must be a UUID string in canonical lowercase hyphenated form; omit it to let the server generate one',
      )
    }

    const targets = body.partial_execution_targets
    const validated = await validatePrompt({
      prompt: replaceNodes(body.prompt, registry, replacements),
      registry,
      environment,
      partialExecutionTargets: Array.isArray(targets) ? targets : null,
    })
    if (!validated.ok) {
      return { ok: false, refusal: { error: validated.error, node_errors: validated.nodeErrors } }
    }

    const { open: extraData, secrets } = splitSecrets(isObject(body.extra_data) ? body.extra_data : {})
    if (body.client_id !== undefined && body.client_id !== null) extraData.client_id = String(body.client_id)
    if (usageSource !== undefined && extraData.comfy_usage_source === undefined) {
      extraData.comfy_usage_source = usageSource
    }
    extraData.create_time = now()

    const studio = extraData.studio === undefined ? null : studioRunSchema.safeParse(roundLarge(extraData.studio))
    if (studio && !studio.success) {
      const issue = studio.error.issues[0]
      return refusal('invalid_prompt', 'extra_data.studio is not valid', `${issue?.path.join('.')}: ${issue?.message}`)
    }

    return {
      ok: true,
      nodeErrors: validated.nodeErrors,
      accepted: {
        promptId,
        number,
        prompt: validated.prompt,
        extraData,
        secrets,
        outputsToExecute: validated.outputsToExecute,
        studio: studio?.data ?? null,
      },
    }
  }

  /** Counts up at every request without an explicit number, also when the prompt is then refused. */
  #takeNumber(body: Record<string, unknown>): number | null {
    if (Object.hasOwn(body, 'number')) {
      const given = roundLarge(body.number)
      const number = typeof given === 'string' ? Number.parseFloat(given) : given
      return typeof number === 'number' && Number.isFinite(number) ? number : null
    }
    const number = this.#nextNumber++
    if (!body.front) return number
    // 0 has no negative on the wire.
    return Math.min(number === 0 ? 0 : -number, this.#options.numberBeforeAll() ?? number)
  }
}

function refusal(type: string, message: string, details: string): Submission {
  return { ok: false, refusal: { error: { type, message, details, extra_info: {} }, node_errors: {} } }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
