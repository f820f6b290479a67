/** @file What `execute` gets beside its inputs: made per node and run, dead once the run is over. */

import type { Prompt } from '#contracts/comfy/prompt'
import { InterruptedError, type NodeContext } from '../nodes/define.ts'
import type { PreviewMethod } from '../preview-method.ts'
import type { GraphNode } from './dynamic-prompt.ts'
import type { ExecutionHost } from './host.ts'
import type { ProgressState } from './progress-state.ts'

export interface ContextSource {
  host: ExecutionHost
  promptId: string
  prompt: Prompt
  extraPngInfo: Record<string, unknown>
  progress: ProgressState
  /** Aborted when the run was interrupted, failed or is over. */
  signal: AbortSignal
  /** How previews of work in progress are made, if at all; images a node sends on purpose always are. */
  previewMethod: PreviewMethod
}

export function createNodeContext(node: GraphNode, source: ContextSource): NodeContext {
  const { host, progress, signal } = source
  const requireAlive = () => {
    if (signal.aborted) throw new InterruptedError('The job was interrupted')
  }
  return {
    ...host.environment,
    nodeId: node.id,
    promptId: source.promptId,
    signal,
    async progress(value, max, preview) {
      requireAlive()
      progress.update(node, value, max)
      host.send({ type: 'progress', data: { value, max, node: node.id } })
      if (preview !== undefined && source.previewMethod !== 'none') host.preview(node, preview)
      await host.breathe()
      requireAlive()
    },
    sendText(text) {
      if (!signal.aborted) host.sendText(node.id, text)
    },
    sendImage(image) {
      if (!signal.aborted) host.preview(node, image)
    },
    outputs: host.outputsOf(node, signal),
    models: host.models,
    prompt: source.prompt,
    extraPngInfo: source.extraPngInfo,
    metadata: host.metadata,
    previewSize: host.previewSize,
    previewMethod: source.previewMethod,
    progressOf: (id) => {
      const state = progress.get(id)
      return state && { ...state, prompt_id: source.promptId }
    },
  }
}
