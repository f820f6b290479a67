/**
 * @file Why the engine refused a graph, from ComfyUI's error body to sentences a person can act on. Inputs are called
 * by the label the workflow gives them; without one by the node's title and the input's name.
 */
import * as z from 'zod'

const extraSchema = z.record(z.string(), z.unknown()).catch({})
const errorSchema = z.object({
  type: z.string(),
  message: z.string().catch(''),
  details: z.string().catch(''),
  extra_info: extraSchema,
})
const refusalSchema = z.object({
  error: errorSchema,
  node_errors: z
    .record(z.string(), z.object({ errors: z.array(errorSchema), class_type: z.string().catch('') }))
    .catch({}),
})
/** The 400 body of `POST /prompt`. */
export type PromptRefusal = z.infer<typeof refusalSchema>
type RefusedInput = z.infer<typeof errorSchema>

/** The engine looked at the graph and said no. */
export class PromptRefusedError extends Error {
  readonly refusal: PromptRefusal
  constructor(refusal: PromptRefusal) {
    super(refusal.error.message)
    this.name = 'PromptRefusedError'
    this.refusal = refusal
  }
}

/** @returns null when the body is not in ComfyUI's shape */
export function parseRefusal(body: unknown): PromptRefusal | null {
  return refusalSchema.safeParse(body).data ?? null
}

/** How people know the parts of a graph. */
export interface GraphNames {
  /** The label of a node's input in the workflow's form, or null when the form does not have it. */
  labelOf(node: string, input: string): string | null
  /** The node's title, or null. */
  titleOf(node: string): string | null
}

const longest = 1000

/** One readable text, at most {@link longest} characters. */
export function describeRefusal({ error, node_errors }: PromptRefusal, names: GraphNames): string {
  const sentences = new Set<string>()
  for (const [node, { errors, class_type }] of Object.entries(node_errors)) {
    for (const problem of errors) sentences.add(describeInput(node, class_type, problem, names))
  }
  if (sentences.size === 0) sentences.add(describeWhole(error))
  const text = [...sentences].join(' ')
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}

function describeWhole({ type, message, details, extra_info }: RefusedInput): string {
  if (type === 'missing_node_type') {
    const kind = extra_info.class_type
    return typeof kind === 'string'
      ? `The workflow uses the node ${kind}, which the engine does not have.`
      : `A node of the workflow does not say what it is (${details}).`
  }
  if (type === 'prompt_no_outputs') return 'The workflow has no node that gives a result.'
  return sentence(details && details !== message ? `${message}: ${details}` : message)
}

function describeInput(
  node: string,
  classType: string,
  { type, message, details, extra_info }: RefusedInput,
  names: GraphNames,
): string {
  const input = typeof extra_info.input_name === 'string' ? extra_info.input_name : null
  const title = names.titleOf(node) ?? classType
  const label = input === null ? null : names.labelOf(node, input)
  const where = label ?? (input === null ? title : `${title}: ${input}`)
  const received = extra_info.received_value
  switch (type) {
    case 'required_input_missing':
      return `${where} is missing.`
    case 'value_not_in_list':
      return `${where}: ${quote(received)} is not one of the choices.`
    case 'value_smaller_than_min':
    case 'value_bigger_than_max': {
      const limit = limitOf(extra_info.input_config, type === 'value_smaller_than_min' ? 'min' : 'max')
      const word = type === 'value_smaller_than_min' ? 'at least' : 'at most'
      return limit === null ? sentence(`${where}: ${message}`) : `${where} must be ${word} ${limit}.`
    }
    case 'invalid_input_type':
      return `${where}: ${quote(received)} is not a value it accepts.`
    case 'custom_validation_failed': {
      const words = details.replace(/^[^-]* - /, '')
      return sentence(words === details ? `${where} is not acceptable` : `${where}: ${words}`)
    }
    case 'return_type_mismatch':
    case 'bad_linked_input':
      return sentence(`${where} is wrongly connected (${details})`)
    case 'dependency_cycle':
      return sentence(`The workflow runs in a circle: ${details}`)
    default:
      return sentence(details ? `${where}: ${message} (${details})` : `${where}: ${message}`)
  }
}

/** A limit from the input's declaration, `[type, { min, max }]`. */
function limitOf(config: unknown, key: 'min' | 'max'): number | null {
  const options = Array.isArray(config) ? (config[1] as Record<string, unknown> | undefined) : undefined
  const limit = options?.[key]
  return typeof limit === 'number' ? limit : null
}

function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
  return `“${text.length > 80 ? `${text.slice(0, 79)}…` : text}”`
}

function sentence(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return /[.!?]$/.test(line) ? line : `${line}.`
}
