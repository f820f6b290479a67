/** @file How far each node of a run is, and the `progress_state` message made from it: all nodes that are not pending. */
import type { NodeProgress, RunMessage } from '#contracts/comfy/messages'
import type { GraphNode } from './dynamic-prompt.ts'

export interface ProgressState {
  start(node: GraphNode): void
  update(node: GraphNode, value: number, max: number): void
  finish(node: GraphNode): void
  get(id: string): Omit<NodeProgress, 'prompt_id'> | undefined
}

/** @param send - gets a `progress_state` for each change */
export function createProgressState(send: (message: RunMessage) => void): ProgressState {
  const nodes = new Map<string, Omit<NodeProgress, 'prompt_id'>>()

  function set(node: GraphNode, state: NodeProgress['state'], value: number, max: number): void {
    nodes.set(node.id, {
      value,
      max,
      state,
      node_id: node.id,
      display_node_id: node.displayId,
      parent_node_id: node.parentId,
      real_node_id: node.realId,
    })
    send({ type: 'progress_state', data: { nodes: Object.fromEntries(nodes) } })
  }

  return {
    start: (node) => set(node, 'running', 0, 1),
    update: (node, value, max) => set(node, 'running', value, max),
    finish(node) {
      const max = nodes.get(node.id)?.max ?? 1
      set(node, 'finished', max, max)
    },
    get: (id) => nodes.get(id),
  }
}
