/** @file What the executor needs from the process it runs in: messages out, files, models, and a chance to breathe. */
import type { RunMessage } from '#contracts/comfy/messages'
import type { OutputWriter } from '../jobs/output-writer.ts'
import type { ModelStore } from '../models/store.ts'
import type { NodeEnvironment, PreviewImage } from '../nodes/define.ts'
import type { GraphNode } from './dynamic-prompt.ts'

export interface ExecutionHost {
  /** A plain object: its members are handed to nodes as part of their context. */
  environment: NodeEnvironment
  models: ModelStore
  outputsOf(node: GraphNode, signal: AbortSignal): OutputWriter
  /** Whether save nodes write the graph into their files. */
  metadata: boolean
  /** Longest side of a preview, pixels. */
  previewSize?: number
  send(message: RunMessage): void
  preview(node: GraphNode, image: PreviewImage): void
  sendText(nodeId: string, text: string): void
  /** Lets waiting messages be handled, a request to interrupt among them. */
  breathe(): Promise<void>
}
