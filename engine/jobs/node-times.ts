/**
 * @file When each node of a run began and ended, from the run's own messages. Only nodes of the graph itself are
 * listed, not those of expansions. Knows no clock: the messages bring their times.
 */
import type { RunMessage } from '#contracts/comfy/messages'
import type { NodeRun } from '#contracts/jobs'

export class NodeTimes {
  readonly #prompt: object
  readonly #runs = new Map<string, NodeRun>()

  /** @param prompt - the graph by node id: only its own nodes are listed */
  constructor(prompt: object) {
    this.#prompt = prompt
  }

  /** @param timestamp - Unix milliseconds */
  apply(message: RunMessage, timestamp: number): void {
    const at = timestamp / 1000
    if (message.type === 'execution_cached') {
      for (const id of message.data.nodes) this.#add({ id, started_at: at, finished_at: at, cached: true })
    } else if (message.type === 'progress_state') {
      for (const [id, node] of Object.entries(message.data.nodes)) {
        const run = this.#add({ id, started_at: at, finished_at: null, cached: false })
        if (run && node.state === 'finished') run.finished_at ??= at
      }
    }
  }

  /** In the order they began. */
  get list(): NodeRun[] {
    return [...this.#runs.values()].map((run) => ({ ...run }))
  }

  /** @returns the run that is known from now on, or null for a node that is not of the graph */
  #add(run: NodeRun): NodeRun | null {
    const known = this.#runs.get(run.id)
    if (known) return known
    if (!Object.hasOwn(this.#prompt, run.id)) return null
    this.#runs.set(run.id, run)
    return run
  }
}
