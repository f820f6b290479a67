/**
 * @file What a run has said so far, kept by the engine: should the runner die, the messages and the outcome it could no
 * longer send are made from this.
 */
import type { NodeMeta, RunMessage, UiOutput } from '#contracts/comfy/messages'
import type { JobError } from '#contracts/jobs'
import type { RunOutcome, RunRequest } from './messages.ts'

export interface RunRecorder {
  note(message: RunMessage): void
  /** The run was stopped because somebody asked for it. */
  interrupted(): { message: RunMessage; outcome: RunOutcome }
  /** The runner died, for a reason in words. */
  crashed(reason: string): { message: RunMessage; outcome: RunOutcome }
}

export function createRunRecorder(request: RunRequest): RunRecorder {
  const outputs = new Map<string, UiOutput>()
  const meta = new Map<string, NodeMeta>()
  const executed = new Set<string>()
  /** By node id, in the order in which they began. */
  const running = new Map<string, { realId: string }>()

  function where(): { node_id: string; node_type: string; executed: string[] } {
    const node = [...running.values()].at(-1)?.realId ?? request.outputsToExecute[0] ?? ''
    return { node_id: node, node_type: request.prompt[node]?.class_type ?? '', executed: [...executed] }
  }

  function outcome(status: RunOutcome['status'], error: JobError | null): RunOutcome {
    return { status, outputs: Object.fromEntries(outputs), meta: Object.fromEntries(meta), error }
  }

  return {
    note(message) {
      if (message.type === 'executed' && message.data.output !== null)
        outputs.set(message.data.node, message.data.output)
      if (message.type === 'executing') {
        // Of a big run not every change is told as progress.
        const { node, display_node } = message.data
        running.set(node, running.get(node) ?? { realId: display_node })
      }
      if (message.type !== 'progress_state') return
      for (const [id, node] of Object.entries(message.data.nodes)) {
        meta.set(id, {
          node_id: id,
          display_node: node.display_node_id,
          parent_node: node.parent_node_id,
          real_node_id: node.real_node_id,
        })
        if (node.state === 'running') running.set(id, { realId: node.real_node_id })
        else if (running.delete(id)) executed.add(id)
      }
    },
    interrupted() {
      prune(meta, outputs)
      return { message: { type: 'execution_interrupted', data: where() }, outcome: outcome('interrupted', null) }
    },
    crashed(reason) {
      prune(meta, outputs)
      const data = where()
      const error = { type: 'RunnerCrashed', message: reason, node_id: data.node_id, node_type: data.node_type }
      return {
        message: {
          type: 'execution_error',
          data: {
            ...data,
            exception_message: `${reason}\n`,
            exception_type: error.type,
            traceback: [],
            current_inputs: {},
            current_outputs: [...executed],
          },
        },
        outcome: outcome('error', error),
      }
    },
  }
}

/** History describes only the nodes that gave output. */
function prune(meta: Map<string, NodeMeta>, outputs: ReadonlyMap<string, UiOutput>): void {
  for (const id of meta.keys()) if (!outputs.has(id)) meta.delete(id)
}
