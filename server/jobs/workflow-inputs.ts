/**
 * @file Judges the values somebody gave for a workflow's form, and completes them: defaults for what is absent, random
 * seeds where none was chosen. Says everything that is wrong at once, in words. The engine judges the graph afterwards.
 */
import { mediaKindOfName } from '#contracts/media'
import type { WorkflowInput } from '#contracts/workflows'
import { StudioError } from '../http/errors.ts'

export interface ResolvedInputs {
  /** Value per input id; an optional input without value and default is not in it. */
  values: Record<string, unknown>
  /** The seeds among them. */
  seeds: Record<string, number>
}

export interface InputContext {
  /** Whether a file name (as ComfyUI writes it: `a.png`, `sub/a.png`, `job/final/a.png [output]`) names a file. */
  fileExists: (name: string) => Promise<boolean>
  /** A whole number from 0 to 2^53 - 1. */
  newSeed: () => number
}

/** Biggest seed that JSON carries exactly. */
export const maxSeed = Number.MAX_SAFE_INTEGER
/** A text longer than this is not typed by a person. */
const maxTextLength = 100_000

/**
 * @param given - form values by input id
 * @throws StudioError `invalid_request`, naming every value that is not acceptable
 */
export async function resolveInputs(
  inputs: readonly WorkflowInput[],
  given: Record<string, unknown>,
  context: InputContext,
): Promise<ResolvedInputs> {
  const values: Record<string, unknown> = {}
  const seeds: Record<string, number> = {}
  const problems: string[] = []

  const known = new Set(inputs.map((input) => input.id))
  for (const id of Object.keys(given)) {
    if (!known.has(id)) problems.push(`The workflow has no input “${shorten(id)}”.`)
  }
  for (const input of inputs) {
    const value = Object.hasOwn(given, input.id) ? given[input.id] : undefined
    const chosen = isAbsent(value) ? input.default : value
    if (input.type === 'seed') {
      const seed = isAbsent(chosen) || chosen === -1 ? context.newSeed() : chosen
      const problem = seedProblem(seed)
      if (problem) problems.push(`${input.label} ${problem}.`)
      else values[input.id] = seeds[input.id] = seed as number
    } else if (isAbsent(chosen) || (chosen === '' && input.type !== 'text')) {
      if (isRequired(input)) problems.push(`${input.label} is missing.`)
    } else {
      const problem = await problemOf(input, chosen, context)
      if (problem) problems.push(`${input.label} ${problem}.`)
      else values[input.id] = chosen
    }
  }
  if (problems.length > 0) throw new StudioError('invalid_request', problems.join(' '))
  return { values, seeds }
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null
}

/** A picture or video has to be chosen unless the workflow says that it may be left out. */
function isRequired(input: WorkflowInput): boolean {
  return input.required ?? (input.type === 'image' || input.type === 'video')
}

function seedProblem(seed: unknown): string | null {
  if (typeof seed !== 'number' || !Number.isInteger(seed)) return 'must be a whole number'
  return seed < 0 || seed > maxSeed ? `must be from 0 to ${maxSeed}, or -1 for a new one each time` : null
}

/** What is wrong with a value, to follow the input's label; null when nothing is. */
async function problemOf(
  input: Exclude<WorkflowInput, { type: 'seed' }>,
  value: unknown,
  { fileExists }: InputContext,
): Promise<string | null> {
  switch (input.type) {
    case 'image':
    case 'video': {
      const kind = input.type === 'image' ? 'picture' : 'video'
      if (typeof value !== 'string') return `must be the name of a ${kind}`
      if (mediaKindOfName(value.replace(/ \[(input|output)\]$/, '')) !== input.type) {
        return `must be a ${kind}: “${shorten(value)}” is none`
      }
      return (await fileExists(value)) ? null : `names a file that is not there: “${shorten(value)}”`
    }
    case 'text': {
      if (typeof value !== 'string') return 'must be a text'
      if (value.trim() === '' && input.required) return 'is missing'
      const longest = input.max_length ?? maxTextLength
      return value.length > longest ? `must have at most ${longest} characters` : null
    }
    case 'int':
    case 'float':
      if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number'
      if (input.type === 'int' && !Number.isInteger(value)) return 'must be a whole number'
      return value < input.min || value > input.max ? `must be from ${input.min} to ${input.max}` : null
    case 'boolean':
      return typeof value === 'boolean' ? null : 'must be true or false'
    case 'select':
      if (input.options.some((option) => option.value === value)) return null
      return `must be one of ${input.options.map((option) => option.value).join(', ')}`
    case 'model':
      return typeof value === 'string' ? null : 'must be the name of a model file'
  }
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
