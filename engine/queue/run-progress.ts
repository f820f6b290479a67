/**
 * @file How far a running job is: the share of its work that is done, counting the running nodes by their own progress and
 * each node by its likely work. Fed with the messages of the run; knows no clock and sends nothing.
 */
import type { RunMessage } from '#contracts/comfy/messages'
import { isLink, type Prompt } from '#contracts/comfy/prompt'
import type { JobProgress } from '#contracts/jobs'
import { nodeWeight } from './node-weight.ts'

export class RunProgress {
  readonly #prompt: Prompt
  readonly #outputs: readonly string[]
  /** Ids of the nodes that run, with what each weighs. */
  #toRun: Map<string, number>
  #cached: readonly string[] = []
  #finished = new Set<string>()
  #fractions = new Map<string, number>()
  #value = 0
  #node: string | null = null
  #step = 0
  #steps = 0
  #loading: JobProgress['loading']

  /** @param outputs - ids of the output nodes that run */
  constructor(prompt: Prompt, outputs: readonly string[]) {
    this.#prompt = prompt
    this.#outputs = outputs
    this.#toRun = nodesToRun(prompt, outputs, new Set())
  }

  /** Visible id of the running node. */
  get node(): string | null {
    return this.#node
  }

  /**
   * A model is being opened, or, with null, no longer.
   * @param now - Unix seconds
   */
  opening(model: string | null, now: number): void {
    this.#loading = model === null ? undefined : { model, since: now }
  }

  /** @returns whether the message changed what {@link current} answers */
  apply(message: RunMessage): boolean {
    switch (message.type) {
      case 'execution_cached':
        this.#toRun = nodesToRun(this.#prompt, this.#outputs, new Set(message.data.nodes))
        this.#cached = message.data.nodes.filter((id) => Object.hasOwn(this.#prompt, id))
        return true
      case 'executing':
        if (this.#node !== message.data.display_node) {
          this.#node = message.data.display_node
          this.#step = 0
          this.#steps = 0
        }
        return true
      case 'progress':
        this.#step = message.data.value
        this.#steps = message.data.max
        return true
      case 'progress_state':
        for (const [id, node] of Object.entries(message.data.nodes)) {
          if (!this.#toRun.has(id)) continue
          if (node.state === 'finished') this.#finished.add(id)
          else this.#fractions.set(id, node.max > 0 ? Math.min(1, Math.max(0, node.value / node.max)) : 0)
        }
        return true
      case 'execution_success':
        this.#value = 1
        return true
      default:
        return false
    }
  }

  /** The state now. `value` never falls: lazy branches and expansion may add nodes while the job runs. */
  get current(): JobProgress {
    let total = 0
    let done = 0
    for (const [id, weight] of this.#toRun) {
      total += weight
      done += weight * (this.#finished.has(id) ? 1 : (this.#fractions.get(id) ?? 0))
    }
    this.#value = Math.max(this.#value, total === 0 ? 0 : done / total)
    return {
      value: Math.min(1, this.#value),
      node_id: this.#node,
      node_title: this.#node === null ? null : titleOf(this.#prompt, this.#node),
      step: this.#step,
      steps: this.#steps,
      nodes_done: this.#finished.size,
      nodes_total: this.#toRun.size,
      ...(this.#loading ? { loading: this.#loading } : {}),
      finished: [...this.#cached, ...this.#finished],
    }
  }
}

function titleOf(prompt: Prompt, id: string): string {
  const node = Object.hasOwn(prompt, id) ? prompt[id] : undefined
  return node?._meta?.title ?? node?.class_type ?? id
}

/** What the outputs need, upstream, up to what is cached; with its weight. */
function nodesToRun(prompt: Prompt, outputs: readonly string[], cached: ReadonlySet<string>): Map<string, number> {
  const found = new Map<string, number>()
  const open = [...outputs]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id) || cached.has(id) || !Object.hasOwn(prompt, id)) continue
    found.set(id, nodeWeight(prompt, id))
    for (const value of Object.values(prompt[id]!.inputs)) if (isLink(value)) open.push(value[0])
  }
  return found
}
