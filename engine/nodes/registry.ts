/**
 * @file The node classes an engine knows, by `class_type`. Handed to whoever needs it; there is no global table.
 * Says nothing about how a node is described (`object-info.ts`) or run (`engine/graph/`).
 */
import type { AnyNode } from './define.ts'

export interface NodeRegistry extends Iterable<AnyNode> {
  /** The class of that name, or undefined. Names such as `__proto__` are names like any other. */
  get(classType: unknown): AnyNode | undefined
  readonly size: number
}

/**
 * @param nodes - in the order in which `object_info` lists them
 * @throws Error when two nodes have one `classType`
 */
export function createNodeRegistry(nodes: readonly AnyNode[]): NodeRegistry {
  const byClassType = new Map<string, AnyNode>()
  for (const node of nodes) {
    if (byClassType.has(node.classType)) throw new Error(`Two nodes are called ${node.classType}`)
    byClassType.set(node.classType, node)
  }
  return {
    get: (classType) => (typeof classType === 'string' ? byClassType.get(classType) : undefined),
    get size() {
      return byClassType.size
    },
    [Symbol.iterator]: () => byClassType.values(),
  }
}
