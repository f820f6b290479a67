/**
 * @file The graph of a run: the submitted prompt and the nodes that expansions add to it. Knows who made which node and
 * under which visible node it is shown; knows nothing of results.
 */
import type { NodeMeta } from '#contracts/comfy/messages'
import { isLink, type Link, type Prompt, type PromptNode } from '#contracts/comfy/prompt'
import { type AnyNode, type InputSpec, NodeError } from '../nodes/define.ts'
import type { NodeRegistry } from '../nodes/registry.ts'

/** What a run may grow to: a loop that never ends must become an error, not a lack of memory. */
const maxRunNodes = 50_000
/** Of all ids together. An id holds its parent's, so those of a deep loop grow with the square of its turns. */
const maxIdCharacters = 32_000_000

/** A node of the run with its class. */
export interface GraphNode {
  id: string
  classType: string
  definition: AnyNode
  inputs: Readonly<Record<string, unknown>>
  /** The node whose expansion made this one, or null. */
  parentId: string | null
  /** The visible node it is shown under: itself, unless an expansion made it. */
  displayId: string
  /** The submitted node it descends from: itself, unless an expansion made it. */
  realId: string
}

export interface DynamicPrompt {
  get(id: string): GraphNode | undefined
  has(id: string): boolean
  /** @throws NodeError when no node has that id */
  require(id: string): GraphNode
  /** Ids of the submitted nodes, then of the added ones. */
  ids(): Iterable<string>
  /** @throws NodeError when the id is taken, the class unknown, or the run too big */
  add(id: string, node: PromptNode, parentId: string, displayId: string | null): GraphNode
}

/** @throws NodeError when a class is unknown; a validated prompt has none such */
export function createDynamicPrompt(prompt: Prompt, registry: NodeRegistry): DynamicPrompt {
  const nodes = new Map<string, GraphNode>()
  let idCharacters = 0

  function resolve(node: PromptNode): AnyNode {
    const definition = registry.get(node.class_type)
    if (definition === undefined) throw new NodeError(`No node is called '${String(node.class_type)}'`, 'KeyError')
    return definition
  }

  for (const [id, node] of Object.entries(prompt)) {
    const own = { id, classType: node.class_type, definition: resolve(node), inputs: node.inputs ?? {} }
    nodes.set(id, { ...own, parentId: null, displayId: id, realId: id })
  }

  function require(id: string): GraphNode {
    const node = nodes.get(id)
    if (node === undefined) throw new NodeError(`Node ${id} not found`, 'graph.NodeNotFoundError')
    return node
  }

  return {
    get: (id) => nodes.get(id),
    has: (id) => nodes.has(id),
    require,
    ids: () => nodes.keys(),
    add(id, node, parentId, displayId) {
      if (nodes.has(id)) throw new NodeError(`Attempt to add duplicate node ${id}`, 'execution.DuplicateNodeError')
      idCharacters += id.length
      if (nodes.size >= maxRunNodes || idCharacters > maxIdCharacters) {
        throw new NodeError(
          `The run has grown to ${nodes.size} nodes. Is there a loop that never ends?`,
          'RecursionError',
        )
      }
      const parent = require(parentId)
      const shownUnder = displayId === null ? undefined : nodes.get(displayId)
      const added: GraphNode = {
        id,
        classType: node.class_type,
        definition: resolve(node),
        inputs: node.inputs ?? {},
        parentId,
        displayId: shownUnder?.displayId ?? displayId ?? parent.displayId,
        realId: parent.realId,
      }
      nodes.set(id, added)
      return added
    },
  }
}

/** The declaration of an input, or undefined for one the node does not declare. */
export function inputSpec(node: GraphNode, name: string): InputSpec | undefined {
  return Object.hasOwn(node.definition.inputs, name) ? node.definition.inputs[name] : undefined
}

/** The input's link when its value must come from another node; null for literals and for raw links. */
export function dependencyOf(node: GraphNode, name: string): Link | null {
  const value = node.inputs[name]
  return isLink(value) && inputSpec(node, name)?.options.rawLink !== true ? value : null
}

/** How history names the node that gave an output. */
export function metaOf(node: GraphNode): NodeMeta {
  return { node_id: node.id, display_node: node.displayId, parent_node: node.parentId, real_node_id: node.realId }
}
