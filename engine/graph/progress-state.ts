/**
 * @file How far each node of a run is, and the `progress_state` message made from it: all nodes that are not pending.
 * The message grows with the graph, so that of a big one is not sent at every change; its last state always is.
 */
import type { NodeProgress, RunMessage } from '#contracts/comfy/messages'
import type { GraphNode } from './dynamic-prompt.ts'

/** Up to this many nodes every change is told. */
const alwaysTold = 100
/** Least time between the messages of a bigger run, in milliseconds. */
const bigRunIntervalMs = 100
/** Telling takes at most this share of a bigger run's time. */
const tellingShare = 1 / 20

export interface ProgressState {
  start(node: GraphNode): void
  update(node: GraphNode, value: number, max: number): void
  finish(node: GraphNode): void
  /** Tells what has not been told yet; before the message that ends the run. */
  flush(): void
  get(id: string): Omit<NodeProgress, 'prompt_id'> | undefined
}

/**
 * @param send - gets a `progress_state` for each change, or for several of a big run
 * @param now - milliseconds, any origin
 */
export function createProgressState(send: (message: RunMessage) => void, now: () => number): ProgressState {
  const nodes = new Map<string, Omit<NodeProgress, 'prompt_id'>>()
  let tellAgainAt = Number.NEGATIVE_INFINITY
  let untold = false

  function tell(): void {
    const begun = now()
    untold = false
    send({ type: 'progress_state', data: { nodes: Object.fromEntries(nodes) } })
    if (nodes.size > alwaysTold) forgetTold()
    tellAgainAt = now() + Math.max(bigRunIntervalMs, (now() - begun) / tellingShare)
  }

  /** In a big run, nodes of expansions are told as finished once: a loop makes thousands of them. */
  function forgetTold(): void {
    for (const [id, node] of nodes) if (node.state === 'finished' && node.parent_node_id !== null) nodes.delete(id)
  }

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
    if (nodes.size <= alwaysTold || now() >= tellAgainAt) tell()
    else untold = true
  }

  return {
    start: (node) => set(node, 'running', 0, 1),
    update: (node, value, max) => set(node, 'running', value, max),
    finish(node) {
      const max = nodes.get(node.id)?.max ?? 1
      set(node, 'finished', max, max)
    },
    flush() {
      if (untold) tell()
    },
    get: (id) => nodes.get(id),
  }
}
