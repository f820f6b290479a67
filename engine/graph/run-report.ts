/**
 * @file What a run says of its nodes and of its end, and the outcome made from it. The order of the calls is the
 * executor's; the form of the messages is here.
 */
import type { NodeMeta, RunMessage, UiOutput } from '#contracts/comfy/messages'
import { InterruptedError } from '../nodes/define.ts'
import type { RunOutcome } from '../runner/messages.ts'
import { type DynamicPrompt, type GraphNode, metaOf } from './dynamic-prompt.ts'
import { describeFailure, describeInputs } from './execution-error.ts'
import type { RunFailure } from './run-failure.ts'

export interface RunReport {
  executing(node: GraphNode): void
  /** The node's UI output, made now or found in the cache; null only for cached output nodes that show nothing. */
  shows(node: GraphNode, ui: UiOutput | null): void
  /** True when the node's UI output was sent. */
  hasShown(id: string): boolean
  /** The node was executed to its end. */
  executed(node: GraphNode): void
  /** A blocker with a message reached the node; the run goes on. */
  blocked(node: GraphNode, message: string): void
  succeeded(): RunOutcome
  /** @param finished - ids of the nodes that have results */
  failed(failure: RunFailure, finished: string[]): RunOutcome
  interrupted(failure: RunFailure): RunOutcome
}

export function createRunReport(graph: DynamicPrompt, send: (message: RunMessage) => void): RunReport {
  const executed = new Set<string>()
  const outputs = new Map<string, UiOutput>()
  const meta = new Map<string, NodeMeta>()

  function outcome(status: RunOutcome['status'], error: RunOutcome['error']): RunOutcome {
    return { status, outputs: Object.fromEntries(outputs), meta: Object.fromEntries(meta), error }
  }

  /** Ends are reported under the submitted node, which is the one people know. */
  function where({ node }: RunFailure) {
    const real = graph.get(node.realId) ?? node
    return { node_id: real.id, node_type: real.classType, executed: [...executed] }
  }

  return {
    executing: (node) => send({ type: 'executing', data: { node: node.id, display_node: node.displayId } }),
    shows(node, ui) {
      if (ui !== null) {
        outputs.set(node.id, ui)
        meta.set(node.id, metaOf(node))
      }
      send({ type: 'executed', data: { node: node.id, display_node: node.displayId, output: ui } })
    },
    hasShown: (id) => outputs.has(id),
    executed: (node) => executed.add(node.id),
    blocked(node, message) {
      send({
        type: 'execution_error',
        data: {
          node_id: node.id,
          node_type: node.classType,
          executed: [...executed],
          exception_message: `Execution Blocked: ${message}`,
          exception_type: 'ExecutionBlocked',
          traceback: [],
          current_inputs: {},
          current_outputs: [],
        },
      })
    },
    succeeded() {
      send({ type: 'execution_success', data: {} })
      return outcome('success', null)
    },
    failed(failure, finished) {
      const data = where(failure)
      const { type, message, traceback } = describeFailure(failure.cause)
      send({
        type: 'execution_error',
        data: {
          ...data,
          exception_message: `${message}\n`,
          exception_type: type,
          traceback,
          current_inputs: describeInputs(failure.inputs),
          current_outputs: finished,
        },
      })
      return outcome('error', { type, message, node_id: data.node_id, node_type: data.node_type })
    },
    interrupted(failure) {
      send({ type: 'execution_interrupted', data: where(failure) })
      return outcome('interrupted', null)
    },
  }
}

/** Whether a run ended because somebody wanted it to. */
export function wasInterrupted(failure: RunFailure, signal: AbortSignal): boolean {
  return signal.aborted || failure.cause instanceof InterruptedError
}
