/**
 * @file Decides whether a prompt may run, and with which of its outputs. Depth first from each output node, each node
 * once, on a stack of its own so that a chain of thousands of nodes is no deeper than one of two. A partly valid prompt
 * is accepted: its valid outputs run and `nodeErrors` says what is wrong with the others.
 * What is checked of a single input is in `validate-inputs.ts`, the words in `validation-errors.ts`.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  isLink,
  type Link,
  type NodeErrors,
  type Prompt,
  type PromptError,
  type PromptNode,
} from '#contracts/comfy/prompt'
import type { InputSpec, NodeEnvironment } from '../nodes/define.ts'
import type { NodeRegistry } from '../nodes/registry.ts'
import { rememberListings } from '../nodes/remember-listings.ts'
import { type ParsedNode, parsePrompt } from './parse-prompt.ts'
import {
  createInputDescriptions,
  type InputDescriptions,
  judgeLink,
  judgeLiteral,
  runCustomValidation,
} from './validate-inputs.ts'
import * as errors from './validation-errors.ts'
import { toValidationException } from './validation-exception.ts'

export interface ValidationRequest {
  /** The `prompt` of the request, as parsed from JSON. */
  prompt: unknown
  registry: NodeRegistry
  environment: NodeEnvironment
  /** Output nodes to run; null or absent: all of them. Ids of other nodes are ignored. */
  partialExecutionTargets?: readonly unknown[] | null
}

export type ValidationResult =
  /** `prompt` holds the converted values: what runs, and what queue and history show. */
  | { ok: true; prompt: Prompt; outputsToExecute: string[]; nodeErrors: NodeErrors }
  | { ok: false; error: PromptError; nodeErrors: NodeErrors }

/** Nodes validated between turns of the event loop: the engine answers others meanwhile. */
const nodesPerTurn = 100

/** Whether a node is valid, itself and upstream, and its own errors (none when only an ancestor is at fault). */
interface Verdict {
  valid: boolean
  errors: PromptError[]
}

/** A node whose validation has begun; its position moves on once the input there is settled. */
interface Visit {
  node: ParsedNode
  inputs: [string, InputSpec][]
  position: number
  receivedTypes: Map<string, string>
  verdict: Verdict
}

/** @throws never: whatever the prompt holds, and whatever a node's own code throws, becomes an error in the answer */
export async function validatePrompt(request: ValidationRequest): Promise<ValidationResult> {
  const parsed = parsePrompt(request.prompt, request.registry)
  if (!parsed.ok) return { ok: false, error: parsed.error, nodeErrors: {} }
  const { nodes } = parsed

  const targets = request.partialExecutionTargets
  const outputs = [...nodes.values()].filter(
    (node) => node.definition.isOutputNode === true && (!Array.isArray(targets) || targets.includes(node.id)),
  )
  if (outputs.length === 0) return { ok: false, error: errors.noOutputs(), nodeErrors: {} }

  const environment = rememberListings(request.environment)
  const walk = { nodes, environment, descriptions: createInputDescriptions(environment), verdicts: new Map() }
  const outputsToExecute: string[] = []
  const outputErrors: PromptError[] = []
  const nodeErrors = new Map<string, NodeErrors[string]>()
  for (const output of outputs) {
    const verdict = await validateFrom(output, walk)
    if (verdict.valid) {
      outputsToExecute.push(output.id)
      continue
    }
    outputErrors.push(...verdict.errors)
    await nextTurn()
    for (const node of upstreamOf(output, nodes)) {
      const found = walk.verdicts.get(node.id)?.errors ?? []
      if (found.length === 0) continue
      const entry = nodeErrors.get(node.id)
      if (entry) entry.dependent_outputs.push(output.id)
      else {
        const class_type = node.definition.classType
        nodeErrors.set(node.id, { errors: found, dependent_outputs: [output.id], class_type })
      }
    }
  }

  const listed = Object.fromEntries(nodeErrors)
  if (outputsToExecute.length === 0) return { ok: false, error: errors.outputsFailed(outputErrors), nodeErrors: listed }
  return { ok: true, prompt: toPrompt(nodes), outputsToExecute, nodeErrors: listed }
}

interface Walk {
  nodes: ReadonlyMap<string, ParsedNode>
  environment: NodeEnvironment
  descriptions: InputDescriptions
  verdicts: Map<string, Verdict>
}

async function validateFrom(output: ParsedNode, walk: Walk): Promise<Verdict> {
  const known = walk.verdicts.get(output.id)
  if (known) return known
  const root = beginVisit(output)
  const stack = [root]
  const onStack = new Set([output.id])

  for (let visit = stack.at(-1); visit !== undefined; visit = stack.at(-1)) {
    try {
      const source = await step(visit, walk, onStack, stack)
      if (source !== null) {
        stack.push(beginVisit(source))
        onStack.add(source.id)
        continue
      }
    } catch (error) {
      const exception = toValidationException(error)
      visit.verdict.valid = false
      visit.verdict.errors = [await exceptionError(exception, stack.at(-2), walk)]
    }
    stack.pop()
    onStack.delete(visit.node.id)
    walk.verdicts.set(visit.node.id, visit.verdict)
    if (walk.verdicts.size % nodesPerTurn === 0) await nextTurn()
  }
  return root.verdict
}

/**
 * Goes on with a node's inputs.
 * @returns a node that must be validated before this one can go on, or null when this one is done
 * @throws what a node's own code throws, or KeyError for a link that leads nowhere
 */
async function step(
  visit: Visit,
  walk: Walk,
  onStack: ReadonlySet<string>,
  stack: readonly Visit[],
): Promise<ParsedNode | null> {
  const { node, verdict } = visit
  for (; visit.position < visit.inputs.length; visit.position += 1) {
    const [name, spec] = visit.inputs[visit.position]!
    const value = node.inputs.get(name)
    if (!node.inputs.has(name)) {
      if (!spec.optional) fail(verdict, errors.requiredInputMissing(name))
      continue
    }
    if (Array.isArray(value)) {
      if (!isLink(value)) {
        fail(verdict, errors.badLinkedInput(name, await walk.descriptions.describe(node.definition, name), value))
        continue
      }
      const fault = await judgeLink(node, name, value, walk, visit.receivedTypes)
      if (fault) {
        fail(verdict, fault)
        continue
      }
      const sourceId = value[0]
      if (onStack.has(sourceId)) {
        reportCycle(stack, sourceId)
        continue
      }
      const source = walk.verdicts.get(sourceId)
      if (source === undefined) return walk.nodes.get(sourceId)!
      if (!source.valid) verdict.valid = false
      continue
    }
    const fault = await judgeLiteral(node, name, value, walk.descriptions)
    if (fault) fail(verdict, fault)
  }
  for (const fault of await runCustomValidation(node, visit.receivedTypes, verdict.errors, walk.environment)) {
    fail(verdict, fault)
  }
  return null
}

function beginVisit(node: ParsedNode): Visit {
  const inputs = Object.entries<InputSpec>(node.definition.inputs)
  return { node, inputs, position: 0, receivedTypes: new Map(), verdict: { valid: true, errors: [] } }
}

function fail(verdict: Verdict, error: PromptError): void {
  verdict.valid = false
  verdict.errors.push(error)
}

/** Every node of the cycle gets the error, once. */
function reportCycle(stack: readonly Visit[], closingId: string): void {
  const start = stack.findIndex((visit) => visit.node.id === closingId)
  const cycle = stack.slice(start)
  const names = cycle.map(({ node }) => ({ id: node.id, classType: node.definition.classType }))
  for (const { node, verdict } of cycle) {
    if (!verdict.errors.some((error) => error.type === 'dependency_cycle')) {
      fail(verdict, errors.dependencyCycle(node.id, names))
    }
  }
}

/** The error of a node whose validation broke off: on an output node its own, else one that names who links to it. */
async function exceptionError(
  exception: errors.ValidationException,
  linkedFrom: Visit | undefined,
  walk: Walk,
): Promise<PromptError> {
  if (linkedFrom === undefined) return errors.exceptionDuringValidation(exception)
  const [name] = linkedFrom.inputs[linkedFrom.position]!
  const config = await walk.descriptions.describe(linkedFrom.node.definition, name).catch(() => null)
  const link = linkedFrom.node.inputs.get(name) as Link
  return errors.exceptionDuringInnerValidation(exception, name, config ?? ['COMBO', {}], link)
}

/** The node itself and everything it links to through declared inputs. */
function upstreamOf(output: ParsedNode, nodes: ReadonlyMap<string, ParsedNode>): Iterable<ParsedNode> {
  const reached = new Set([output])
  for (const node of reached) {
    for (const name of Object.keys(node.definition.inputs)) {
      const value = node.inputs.get(name)
      const source = isLink(value) ? nodes.get(value[0]) : undefined
      if (source) reached.add(source)
    }
  }
  return reached
}

function toPrompt(nodes: ReadonlyMap<string, ParsedNode>): Prompt {
  return Object.fromEntries(
    [...nodes].map(([id, node]) => [id, { ...node.raw, inputs: Object.fromEntries(node.inputs) } as PromptNode]),
  )
}
