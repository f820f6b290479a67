/**
 * @file Expansion: a node answers with a graph in place of values. Its nodes get unique ids, `<parent id>.<call index>.
 * <graph index>.<local id>`, so that loops (a node that expands to a copy of itself) never collide.
 */
import { isLink, type Link, type PromptNode } from '#contracts/comfy/prompt'
import { ExecutionBlocker, type Expansion, NodeError } from '../nodes/define.ts'
import type { NodeOutput } from './cache.ts'
import type { CallResult } from './call-node.ts'
import type { DynamicPrompt, GraphNode } from './dynamic-prompt.ts'

/** A node that waits for the graphs it expanded to. */
export interface PendingExpansion {
  /** Per call: values, and links in the ids of the run. */
  calls: { values: CallResult['values']; expanded: boolean }[]
  ui: CallResult[]
  added: GraphNode[]
  /** The links in the results: what the node waits for. */
  links: Link[]
}

/**
 * Adds the graphs that a node's calls gave.
 * @throws NodeError when an expanded graph names an unknown class or is none
 */
export function addExpansions(parent: GraphNode, calls: readonly CallResult[], graph: DynamicPrompt): PendingExpansion {
  const pending: PendingExpansion = { calls: [], ui: [...calls], added: [], links: [] }
  for (const [index, call] of calls.entries()) {
    if (call.expansion === null) {
      pending.calls.push({ values: call.values, expanded: false })
      continue
    }
    const rename = renamer(parent, index, call.expansion)
    for (const [localId, node] of Object.entries(call.expansion.expand)) {
      const displayIds = call.expansion.displayIds ?? {}
      const displayId = Object.hasOwn(displayIds, localId) ? displayIds[localId]! : null
      pending.added.push(graph.add(rename.id(localId), rename.node(node), parent.id, displayId))
    }
    const values = call.expansion.result.map((value) => rename.value(value))
    for (const value of values) if (isLink(value) && graph.has(value[0])) pending.links.push(value)
    pending.calls.push({ values, expanded: true })
  }
  return pending
}

/** Replaces the links in the results by the values they lead to. @throws NodeError for an output that does not exist */
export function resolveExpansion(
  node: GraphNode,
  pending: PendingExpansion,
  resultOf: (id: string) => NodeOutput | undefined,
): unknown[][] {
  const isList = (slot: number) => node.definition.outputs[slot]?.isList === true
  const slots = pending.calls.reduce(
    (most, { values }) => (Array.isArray(values) ? Math.max(most, values.length) : most),
    node.definition.outputs.length,
  )
  return Array.from({ length: slots }, (_, slot) => {
    const items: unknown[] = []
    for (const { values, expanded } of pending.calls) {
      if (values === null) continue
      const value = values instanceof ExecutionBlocker ? values : values[slot]
      const source = expanded && isLink(value) ? resultOf(value[0]) : undefined
      if (source !== undefined) {
        const [sourceId, index] = value as Link
        const given = source.outputs[index]
        if (given === undefined) throw new NodeError(`Node ${sourceId} gave no output number ${index}`, 'IndexError')
        for (const item of given) items.push(item)
      } else if (isList(slot) && Array.isArray(value)) for (const item of value) items.push(item)
      else items.push(value)
    }
    return items
  })
}

function renamer(parent: GraphNode, callIndex: number, expansion: Expansion) {
  if (typeof expansion.expand !== 'object' || expansion.expand === null) {
    throw new NodeError(`Node class ${parent.classType} expanded to something that is no graph`, 'TypeError')
  }
  // One graph per call, hence graph index 0.
  const prefix = `${parent.id}.${callIndex}.0.`
  const isLocal = (id: string) => Object.hasOwn(expansion.expand, id)
  const value = (given: unknown): unknown =>
    isLink(given) && isLocal(given[0]) ? [`${prefix}${given[0]}`, given[1]] : given
  return {
    id: (localId: string) => `${prefix}${localId}`,
    value,
    node: (node: PromptNode): PromptNode => ({
      ...node,
      inputs: Object.fromEntries(Object.entries(node.inputs ?? {}).map(([name, given]) => [name, value(given)])),
    }),
  }
}
