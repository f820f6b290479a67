/** @file ComfyUI's prompt: the graph in API format, how it is submitted, and how it is refused. */
import * as z from 'zod'

/** `[source node id, output index]` */
export type Link = [string, number]

export const promptNodeSchema = z.looseObject({
  class_type: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()).default({}),
  _meta: z.looseObject({ title: z.string().optional() }).optional(),
})
export type PromptNode = { class_type: string; inputs: Record<string, unknown>; _meta?: { title?: string } }
/** Node id → node. */
export type Prompt = Record<string, PromptNode>

/** One entry of the 400 body, and of each node's list. */
export interface PromptError {
  type: string
  message: string
  details: string
  extra_info: Record<string, unknown>
}
export interface NodeErrors {
  [nodeId: string]: { errors: PromptError[]; dependent_outputs: string[]; class_type: string }
}

/** A queue item on the wire: number, prompt id, graph, extra data, ids of the output nodes that run. */
export type QueueItem = [number, string, Prompt, Record<string, unknown>, string[]]

/** True for an array of exactly two: a node id and an output index. */
export function isLink(value: unknown): value is Link {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && typeof value[1] === 'number'
}
