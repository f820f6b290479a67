/**
 * @file What is checked of one input: the type of a link, the value of a literal (converted, then range and choices),
 * and the node's own validation. Says nothing about other nodes.
 */
import type { Link, PromptError } from '#contracts/comfy/prompt'
import { isLink } from '#contracts/comfy/prompt'
import { roundLarge } from '#platform/exact-json'
import type { AnyNode, InputSpec, NodeEnvironment } from '../nodes/define.ts'
import { describeInput, type InputConfig } from '../nodes/object-info.ts'
import { convertLiteral, isWrapped, unwrapLiteral, wrapLiteral } from './literal.ts'
import type { ParsedNode } from './parse-prompt.ts'
import { typesMatch } from './type-match.ts'
import * as errors from './validation-errors.ts'
import { MissingNodeError, MissingOutputError } from './validation-exception.ts'

/** Each input's `[type, options]`, made once per request and class. */
export interface InputDescriptions {
  describe(definition: AnyNode, name: string): Promise<InputConfig>
}

export function createInputDescriptions(environment: NodeEnvironment): InputDescriptions {
  const known = new Map<AnyNode, Map<string, Promise<InputConfig>>>()
  return {
    describe(definition, name) {
      const ofClass = known.get(definition) ?? new Map<string, Promise<InputConfig>>()
      known.set(definition, ofClass)
      const config = ofClass.get(name) ?? describeInput(definition.inputs[name], environment)
      ofClass.set(name, config)
      return config
    },
  }
}

/**
 * Checks that a link's source exists and gives what the input takes, and notes the type it gives.
 * @returns the error, or null
 * @throws MissingNodeError, MissingOutputError when the link leads nowhere
 */
export async function judgeLink(
  node: ParsedNode,
  name: string,
  link: Link,
  { nodes, descriptions }: { nodes: ReadonlyMap<string, ParsedNode>; descriptions: InputDescriptions },
  receivedTypes: Map<string, string>,
): Promise<PromptError | null> {
  const [sourceId, index] = link
  const source = nodes.get(sourceId)
  if (source === undefined) throw new MissingNodeError(sourceId)
  const output = source.definition.outputs[index]
  if (output === undefined) throw new MissingOutputError(index)
  receivedTypes.set(name, output.type)
  if (node.definition.validate?.wantsInputTypes === true) return null
  if (typesMatch(output.type, specOf(node, name).type)) return null
  return errors.returnTypeMismatch(name, await descriptions.describe(node.definition, name), output.type, link)
}

/**
 * Converts a literal in place and checks range and choices, unless the node judges this input itself.
 * @returns the first error, or null
 */
export async function judgeLiteral(
  node: ParsedNode,
  name: string,
  given: unknown,
  descriptions: InputDescriptions,
): Promise<PromptError | null> {
  const spec = specOf(node, name)
  const describe = () => descriptions.describe(node.definition, name)
  const literal = unwrapLiteral(given)
  const conversion = convertLiteral(spec.type, literal)
  if (!conversion.ok) return errors.invalidInputType(name, await describe(), literal, conversion.reason)
  const value = fitting(conversion.value, spec)
  node.inputs.set(name, wrapLiteral(value))
  if (isJudgedByNode(node.definition, name)) return null

  if (typeof value === 'number' || typeof value === 'bigint') {
    const { min, max } = spec.options
    if (min !== undefined && value < min) return errors.valueSmallerThanMin(name, await describe(), value, min)
    if (max !== undefined && value > max) return errors.valueBiggerThanMax(name, await describe(), value, max)
  }
  if (spec.choices === undefined && spec.type !== 'COMBO') return null
  const config = await describe()
  const choices = choicesOf(config)
  const several = spec.options.multiselect === true && Array.isArray(value)
  const invalid = (several ? value : [value]).filter((item: unknown) => !choices.includes(item))
  return invalid.length > 0 ? errors.valueNotInList(name, config, choices, invalid, value) : null
}

/** A bigint reaches only a node that says, by bounds of that type, that it takes one; others get the nearest number. */
function fitting(value: unknown, { options }: InputSpec): unknown {
  return typeof options.max === 'bigint' ? value : roundLarge(value)
}

/**
 * The node's own validation. Not asked when an input it names is missing or could not be converted: the node is
 * invalid already, and its code may count on the types it declared.
 * @param found - the errors of this node so far
 * @throws what the node's code throws
 */
export async function runCustomValidation(
  node: ParsedNode,
  receivedTypes: ReadonlyMap<string, string>,
  found: readonly PromptError[],
  environment: NodeEnvironment,
): Promise<PromptError[]> {
  const { validate } = node.definition
  if (validate === undefined) return []
  const unusable = new Set(['required_input_missing', 'invalid_input_type', 'bad_linked_input'])
  const names = Object.keys(node.definition.inputs).filter((name) => isJudgedByNode(node.definition, name))
  if (found.some((error) => unusable.has(error.type) && names.includes(String(error.extra_info.input_name)))) return []

  const received = names.filter((name) => node.inputs.has(name))
  const values = received.map((name) => [name, literalOrNull(node, name)] as const)
  const answer = await validate.check(Object.fromEntries(values), environment, Object.fromEntries(receivedTypes))
  if (answer === true) return []
  return received.map((name) => errors.customValidationFailed(name, answer === false ? null : String(answer)))
}

function isJudgedByNode({ validate }: AnyNode, name: string): boolean {
  return validate !== undefined && (validate.names === 'all' || validate.names.includes(name))
}

/** A linked input has no value yet and comes as null; one that wants the link itself gets it. */
function literalOrNull(node: ParsedNode, name: string): unknown {
  const value = node.inputs.get(name)
  if (isLink(value)) return specOf(node, name).options.rawLink === true ? value : null
  return isWrapped(value) ? unwrapLiteral(value) : value
}

function choicesOf(config: InputConfig): readonly unknown[] {
  if (Array.isArray(config[0])) return config[0]
  return Array.isArray(config[1].options) ? config[1].options : []
}

function specOf(node: ParsedNode, name: string): InputSpec {
  return node.definition.inputs[name]
}
