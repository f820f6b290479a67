/** @file Messages of a run as they go over the Comfy wire and into the history: with prompt id and timestamp. */
import type { NodeProgress, RunMessage } from '#contracts/comfy/messages'

export interface WireMessage {
  type: RunMessage['type']
  data: Record<string, unknown>
}

/** The kinds that history keeps; only these carry a timestamp. */
const keptTypes: ReadonlySet<string> = new Set([
  'execution_start',
  'execution_cached',
  'execution_success',
  'execution_error',
  'execution_interrupted',
])

export function isKeptInHistory(type: string): boolean {
  return keptTypes.has(type)
}

/** @param timestamp - Unix milliseconds */
export function wireMessage(message: RunMessage, promptId: string, timestamp: number): WireMessage {
  if (message.type === 'progress_state') {
    const nodes: Record<string, NodeProgress> = {}
    for (const [id, node] of Object.entries(message.data.nodes)) nodes[id] = { ...node, prompt_id: promptId }
    return { type: message.type, data: { prompt_id: promptId, nodes } }
  }
  const data = { ...message.data, prompt_id: promptId }
  return { type: message.type, data: isKeptInHistory(message.type) ? { ...data, timestamp } : data }
}
