/** @file How a run ends early: at a node, for a reason, and not before its async nodes had time to stop. */
import type { GraphNode } from './dynamic-prompt.ts'
import type { GatheredInputs } from './gather-inputs.ts'
import { DependencyCycleError } from './order.ts'

/** Ends a run early at a node; `cause` is what went wrong there. */
export class RunFailure extends Error {
  readonly node: GraphNode
  readonly inputs: GatheredInputs | null
  constructor(node: GraphNode, inputs: GatheredInputs | null, cause: unknown) {
    super('run failed', { cause })
    this.node = node
    this.inputs = inputs
  }
}

/** @throws the error itself when it is not on account of a node: then the executor is at fault */
export function toRunFailure(error: unknown, find: (id: string) => GraphNode | undefined): RunFailure {
  if (error instanceof RunFailure) return error
  if (error instanceof DependencyCycleError) {
    const node = find(error.nodeId)
    if (node !== undefined) return new RunFailure(node, null, error)
  }
  throw error
}

/** Waits for tasks, but not for ever: code of a node pack may not listen. */
export async function settleWithin(tasks: Iterable<Promise<void>>, milliseconds: number): Promise<void> {
  const pending = [...tasks]
  if (pending.length === 0) return
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  await Promise.race([Promise.allSettled(pending), timeout])
  clearTimeout(timer)
}
