/**
 * @file Change marks: a value a node computes from its literal inputs that says "run me again" when it differs, such as
 * the digest of a file. Computed once per node and run, before anything is looked up in the cache.
 */
import { isLink, type Prompt } from '#contracts/comfy/prompt'
import type { NodeEnvironment } from '../nodes/define.ts'
import { dependencyOf, type GraphNode } from './dynamic-prompt.ts'
import { unwrapLiteral } from './literal.ts'

/** Marks computed at one time; they mostly read files. */
const parallelMarks = 8

export interface ChangeMarks {
  /** Computes the marks of nodes whose class has one. @throws never: a mark that fails means "always changed" (NaN) */
  compute(nodes: Iterable<GraphNode>): Promise<void>
  get(id: string): unknown
  /** The prompt with `is_changed` on every node that has a mark, as it is written into saved files. */
  addTo(prompt: Prompt): Prompt
}

export function createChangeMarks(environment: NodeEnvironment): ChangeMarks {
  const marks = new Map<string, unknown>()
  return {
    async compute(nodes) {
      const pending = [...nodes].filter((node) => node.definition.changeMark !== undefined && !marks.has(node.id))
      const queue = pending.values()
      const worker = async () => {
        for (const node of queue) marks.set(node.id, await computeMark(node, environment))
      }
      await Promise.all(Array.from({ length: Math.min(parallelMarks, pending.length) }, worker))
    },
    get: (id) => marks.get(id),
    addTo(prompt) {
      if (marks.size === 0) return prompt
      return Object.fromEntries(
        Object.entries(prompt).map(([id, node]) => [
          id,
          marks.has(id) ? { ...node, is_changed: [marks.get(id)] } : node,
        ]),
      )
    },
  }
}

async function computeMark(node: GraphNode, environment: NodeEnvironment): Promise<unknown> {
  try {
    return await node.definition.changeMark?.(literalInputs(node), environment)
  } catch {
    return Number.NaN
  }
}

/** The node's declared inputs, links as null. */
function literalInputs(node: GraphNode): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(node.definition.inputs)
      .filter((name) => Object.hasOwn(node.inputs, name))
      .map((name) => {
        if (dependencyOf(node, name) !== null) return [name, null]
        const value = node.inputs[name]
        return [name, isLink(value) ? value : unwrapLiteral(value)]
      }),
  )
}
