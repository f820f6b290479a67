/**
 * @file Decides which node of a run may run next. Pure: knows links and what has a result, not how nodes execute.
 * A node is ready when every node it needs has a result and nothing outside the graph holds it back. Needs grow while
 * the run goes on: a lazy input is asked for, an expansion adds nodes.
 */
import { NodeError } from '../nodes/define.ts'
import { type DynamicPrompt, dependencyOf, type GraphNode, inputSpec } from './dynamic-prompt.ts'

/** The graph can go no further: its remaining nodes wait for each other. Possible only through expansion. */
export class DependencyCycleError extends NodeError {
  readonly nodeId: string
  constructor(nodeId: string) {
    super('Dependency cycle detected', 'graph.DependencyCycleError')
    this.nodeId = nodeId
  }
}

export interface ExecutionOrder {
  /** Plans a node and, through non-lazy links, everything it needs; nodes that have results are not planned. */
  plan(id: string): void
  /** Makes `to` wait for `from`, which is planned unless it has a result. */
  require(from: string, to: string): void
  /**
   * The ready node to run now, or null when all that is left is held back or nothing is left. Output nodes and async
   * ones come first, then a node that feeds an output, then one two steps away, then in order.
   * @throws DependencyCycleError when nothing can ever become ready
   */
  next(): GraphNode | null
  /** The node has its result: those that waited for it may become ready. */
  complete(id: string): void
  /** Keeps a planned node from being ready until it is released. */
  hold(id: string): void
  release(id: string): void
  /** No node is left. */
  readonly isDone: boolean
  /** Ids of the nodes not yet completed. */
  remaining(): Iterable<string>
}

/** @param hasResult - whether a node needs no run: done in this run, or found in the cache */
export function createExecutionOrder(graph: DynamicPrompt, hasResult: (id: string) => boolean): ExecutionOrder {
  /** Planned nodes in planning order, with the number of things they wait for. */
  const waitingFor = new Map<string, number>()
  /** Source → those that wait for it. */
  const waiters = new Map<string, Set<string>>()
  /** In the order in which they became ready. */
  const ready = new Set<string>()
  const held = new Set<string>()

  function plan(id: string): void {
    if (waitingFor.has(id)) return
    const stack = [id]
    waitingFor.set(id, 0)
    for (let current = stack.pop(); current !== undefined; current = stack.pop()) {
      const node = graph.require(current)
      // Reversed, so that the first input's branch is planned, and hence run, first.
      for (const name of Object.keys(node.inputs).reverse()) {
        const link = dependencyOf(node, name)
        if (link === null || inputSpec(node, name)?.options.lazy === true) continue
        if (connect(link[0], current)) stack.push(link[0])
      }
      if (waitingFor.get(current) === 0) ready.add(current)
    }
  }

  /** @returns true when `from` was not known yet and must be planned */
  function connect(from: string, to: string): boolean {
    if (hasResult(from)) return false
    graph.require(from)
    const waiting = waiters.get(from) ?? new Set<string>()
    waiters.set(from, waiting)
    if (!waiting.has(to)) {
      waiting.add(to)
      waitingFor.set(to, (waitingFor.get(to) ?? 0) + 1)
      ready.delete(to)
    }
    if (waitingFor.has(from)) return false
    waitingFor.set(from, 0)
    return true
  }

  function feedsOutput(id: string): boolean {
    for (const waiter of waiters.get(id) ?? []) if (graph.get(waiter)?.definition.isOutputNode === true) return true
    return false
  }

  function rank(id: string): number {
    const { definition } = graph.require(id)
    if (definition.isOutputNode === true || definition.isAsync === true) return 0
    if (feedsOutput(id)) return 1
    for (const waiter of waiters.get(id) ?? []) if (feedsOutput(waiter)) return 2
    return 3
  }

  function unblock(id: string): void {
    const count = (waitingFor.get(id) ?? 0) - 1
    waitingFor.set(id, count)
    if (count === 0) ready.add(id)
  }

  return {
    plan,
    require(from, to) {
      if (connect(from, to)) {
        // connect() has only noted the source; plan() must still follow its links.
        waitingFor.delete(from)
        plan(from)
      }
    },
    next() {
      let best: string | null = null
      let bestRank = Number.POSITIVE_INFINITY
      for (const id of ready) {
        const candidate = rank(id)
        if (candidate < bestRank) {
          best = id
          bestRank = candidate
        }
        if (bestRank === 0) break
      }
      if (best !== null) return graph.require(best)
      if (waitingFor.size > 0 && held.size === 0)
        throw new DependencyCycleError(nodeOfCycle(waitingFor, waiters, graph))
      return null
    },
    complete(id) {
      waitingFor.delete(id)
      ready.delete(id)
      for (const waiter of waiters.get(id) ?? []) if (waitingFor.has(waiter)) unblock(waiter)
      waiters.delete(id)
    },
    hold(id) {
      held.add(id)
      ready.delete(id)
      waitingFor.set(id, (waitingFor.get(id) ?? 0) + 1)
    },
    release(id) {
      held.delete(id)
      unblock(id)
    },
    get isDone() {
      return waitingFor.size === 0
    },
    remaining: () => waitingFor.keys(),
  }
}

/** A node of the cycle to name: one made by expansion when there is one, since that is where the cycle came from. */
function nodeOfCycle(
  waitingFor: ReadonlyMap<string, number>,
  waiters: ReadonlyMap<string, ReadonlySet<string>>,
  graph: DynamicPrompt,
): string {
  const inCycle = new Set(waitingFor.keys())
  // Nodes that nobody left waits for are only downstream of the cycle; peel them off until none is left.
  for (let peeled = true; peeled; ) {
    peeled = false
    for (const id of inCycle) {
      if ([...(waiters.get(id) ?? [])].some((waiter) => inCycle.has(waiter))) continue
      inCycle.delete(id)
      peeled = true
    }
  }
  const ids = [...inCycle]
  return ids.find((id) => graph.get(id)?.parentId != null) ?? ids[0] ?? [...waitingFor.keys()][0] ?? ''
}
