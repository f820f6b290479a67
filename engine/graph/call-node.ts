/**
 * @file Calls a node over the lists of its inputs: once per item up to the longest list, shorter lists repeating their
 * last item; once with the whole lists for a class that takes lists. An item that meets a blocker is skipped.
 */
import type { UiOutput } from '#contracts/comfy/messages'
import {
  ExecutionBlocker,
  type Expansion,
  InterruptedError,
  MissingValue,
  type NodeContext,
  NodeError,
} from '../nodes/define.ts'
import type { GraphNode } from './dynamic-prompt.ts'
import type { GatheredInputs } from './gather-inputs.ts'

/** What one call gave. */
export interface CallResult {
  /** Values per output slot; a blocker stands for all of them; null when only `ui` was given. */
  values: readonly unknown[] | ExecutionBlocker | null
  ui: UiOutput | null
  expansion: Expansion | null
}

export interface CallHooks {
  context: NodeContext
  /** Between items: lets messages through. */
  breathe(): Promise<void>
  /** Told about a blocker that has a message; the message ends there. */
  onBlocked(message: string): void
}

/**
 * @throws InterruptedError when the job was interrupted before or between items; whatever the node throws
 */
export async function callNode(node: GraphNode, inputs: GatheredInputs, hooks: CallHooks): Promise<CallResult[]> {
  const results: CallResult[] = []
  const calls = callsOf(node, inputs)
  for (const [index, values] of calls.entries()) {
    if (index > 0) await hooks.breathe()
    if (hooks.context.signal.aborted) throw new InterruptedError('The job was interrupted')
    const blocker = findBlocker(values, node.definition.inputIsList === true)
    if (blocker !== null) {
      if (blocker.message !== null) hooks.onBlocked(blocker.message)
      results.push({ values: new ExecutionBlocker(), ui: null, expansion: null })
      continue
    }
    requireValues(values, node.definition.inputIsList === true)
    results.push(readResult(await node.definition.execute(values, hooks.context), node))
  }
  return results
}

/**
 * Asks a node which of its lazy inputs it needs.
 * @returns names of linked inputs that have no value yet
 * @throws NodeError when it names an input that it was not given
 */
export async function askLazyInputs(node: GraphNode, inputs: GatheredInputs, context: NodeContext): Promise<string[]> {
  const { checkLazyStatus } = node.definition
  if (checkLazyStatus === undefined) return []
  const needed = new Set<string>()
  for (const values of callsOf(node, inputs)) {
    // This call will be skipped, so it needs nothing.
    if (findBlocker(values, node.definition.inputIsList === true) !== null) continue
    for (const name of await checkLazyStatus(values, context)) {
      if (inputs.missing.has(name)) needed.add(name)
      else if (!inputs.lists.has(name)) {
        const why = Object.hasOwn(node.inputs, name)
          ? 'but that value is a constant'
          : 'but there is no input to that node at all'
        throw new NodeError(`Node ${node.id} says it needs input ${name}, ${why}`, 'graph.NodeInputError')
      }
    }
  }
  return [...needed]
}

/** The inputs of each call. */
function callsOf(node: GraphNode, { lists }: GatheredInputs): Record<string, unknown>[] {
  const entries = [...lists]
  if (node.definition.inputIsList === true) return [Object.fromEntries(entries)]
  const empty = entries.find(([, items]) => items.length === 0)
  if (empty) throw new NodeError(`Input '${empty[0]}' received an empty list`, 'IndexError')
  const count = Math.max(1, ...entries.map(([, items]) => items.length))
  return Array.from({ length: count }, (_, index) =>
    Object.fromEntries(entries.map(([name, items]) => [name, items[Math.min(index, items.length - 1)]])),
  )
}

function findBlocker(values: Record<string, unknown>, areLists: boolean): ExecutionBlocker | null {
  for (const value of Object.values(values)) {
    const items = areLists && Array.isArray(value) ? value : [value]
    for (const item of items) if (item instanceof ExecutionBlocker) return item
  }
  return null
}

/** @throws NodeError in the words of whoever could not give one of them */
function requireValues(values: Record<string, unknown>, areLists: boolean): void {
  for (const value of Object.values(values)) {
    const items = areLists && Array.isArray(value) ? value : [value]
    for (const item of items) if (item instanceof MissingValue) throw new NodeError(item.message)
  }
}

/** Nodes of packs are not type-checked: whatever came back is read carefully. */
function readResult(result: unknown, node: GraphNode): CallResult {
  if (result instanceof ExecutionBlocker) return { values: result, ui: null, expansion: null }
  if (Array.isArray(result)) return { values: result, ui: null, expansion: null }
  if (typeof result !== 'object' || result === null) {
    throw new NodeError(`Node class ${node.classType} returned no tuple of outputs`, 'TypeError')
  }
  const { ui, result: values, expand } = result as { ui?: UiOutput; result?: unknown; expand?: Expansion['expand'] }
  if (expand !== undefined) {
    return { values: null, ui: ui ?? null, expansion: { ...(result as Expansion), result: arrayOf(values) } }
  }
  return {
    values: values instanceof ExecutionBlocker ? values : values === undefined ? null : arrayOf(values),
    ui: ui ?? null,
    expansion: null,
  }
}

function arrayOf(values: unknown): readonly unknown[] {
  return Array.isArray(values) ? values : []
}
