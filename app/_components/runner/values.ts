/** @file The values of a workflow's form: where they start, what is wrong with them, what is sent. Pure. */
import type { WorkflowInput } from '#contracts/workflows'

export type FormValue = string | number | boolean | null
export type FormValues = Record<string, FormValue>

/** What an untouched form holds. A seed of null is "a new one for each run". */
export function defaultValue(input: WorkflowInput): FormValue {
  switch (input.type) {
    case 'seed':
      return input.default === undefined || input.default < 0 ? null : input.default
    case 'image':
    case 'video':
    case 'model':
    case 'text':
      return input.default ?? ''
    default:
      return input.default
  }
}

/** Defaults, then what this browser used last, then `given` (another job's settings). Wrong types are left out. */
export function startValues(
  inputs: readonly WorkflowInput[],
  ...sources: readonly (Record<string, unknown> | null)[]
): FormValues {
  return Object.fromEntries(
    inputs.map((input) => {
      const known = sources.findLast((source) => source !== null && fits(input, source[input.id]))
      return [input.id, known ? (known[input.id] as FormValue) : defaultValue(input)]
    }),
  )
}

/** Names of the settings in `given` that a form no longer takes: their field is gone, or has other values now. */
export function misfits(inputs: readonly WorkflowInput[], given: Record<string, unknown>): string[] {
  return Object.entries(given).flatMap(([id, value]) => {
    const input = inputs.find((each) => each.id === id)
    return input !== undefined && fits(input, value) ? [] : (input?.label ?? id)
  })
}

function fits(input: WorkflowInput, value: unknown): boolean {
  switch (input.type) {
    case 'int':
    case 'float':
      return typeof value === 'number' && value >= input.min && value <= input.max
    case 'boolean':
      return typeof value === 'boolean'
    case 'seed':
      return value === null || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)
    case 'select':
      return input.options.some((option) => option.value === value)
    default:
      return typeof value === 'string'
  }
}

/** The order of a form: what is written first, then what is chosen by eye, then the rest, each as the workflow has them. */
export function inFormOrder(inputs: readonly WorkflowInput[]): WorkflowInput[] {
  const rank = (input: WorkflowInput) =>
    input.type === 'text' && input.multiline ? 0 : input.type === 'image' || input.type === 'video' ? 1 : 2
  return inputs.toSorted((a, b) => rank(a) - rank(b))
}

/** Several files for one input: a run each. */
export interface Batch {
  input: string
  values: readonly string[]
}

/** More runs than this at once are a slip of the hand. */
export const maxRuns = 200

/**
 * The values of each run that is started: one per file of the batch, all of that as often as wanted.
 * A locked seed is the same in all of them.
 */
export function eachRun(values: FormValues, batch: Batch | null, times: number): FormValues[] {
  const files = batch === null ? [values] : batch.values.map((value) => ({ ...values, [batch.input]: value }))
  return Array.from({ length: times }, () => files)
    .flat()
    .slice(0, maxRuns)
}

/** What must be put right before a run, in words, by input id; empty when nothing. */
export function problems(inputs: readonly WorkflowInput[], values: FormValues): Record<string, string> {
  const found: Record<string, string> = {}
  for (const input of inputs) {
    const problem = problemOf(input, values[input.id] ?? null)
    if (problem !== null) found[input.id] = problem
  }
  return found
}

function problemOf(input: WorkflowInput, value: FormValue): string | null {
  const empty = value === null || value === ''
  switch (input.type) {
    case 'image':
      // A workflow cannot load a picture that is not there, marked required or not.
      return empty ? 'Choose a picture.' : null
    case 'video':
      return empty ? 'Choose a video.' : null
    case 'model':
      return empty ? 'Choose a model.' : null
    case 'text':
      if (empty && input.required) return 'Write something here.'
      return input.max_length !== undefined && String(value).length > input.max_length
        ? `At most ${input.max_length} characters.`
        : null
    case 'int':
    case 'float': {
      if (typeof value !== 'number' || !Number.isFinite(value)) return 'Enter a number.'
      if (value < input.min || value > input.max) return `Between ${input.min} and ${input.max}.`
      return input.type === 'int' && !Number.isInteger(value) ? 'Enter a whole number.' : null
    }
    case 'seed':
      return value === null || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)
        ? null
        : 'Enter a whole number of 0 or more.'
    default:
      return null
  }
}

/** What the server is sent: an open seed is left out, so that the server draws and records one. */
export function toSend(inputs: readonly WorkflowInput[], values: FormValues): Record<string, unknown> {
  return Object.fromEntries(
    inputs.flatMap((input) => {
      const value = values[input.id] ?? null
      return value === null || (input.type === 'text' && value === '' && !input.required && input.default === undefined)
        ? []
        : [[input.id, value]]
    }),
  )
}
