/** @file One request on the runner: gives the executor what it needs of this process and turns the outcome into words. */

import type { RunMessage } from '#contracts/comfy/messages'
import type { ResultCache } from '../graph/cache.ts'
import { executePrompt } from '../graph/execute.ts'
import type { ExecutionHost } from '../graph/host.ts'
import { createOutputWriter } from '../jobs/create-output-writer.ts'
import type { ModelStore } from '../models/store.ts'
import type { NodeEnvironment } from '../nodes/define.ts'
import type { NodeRegistry } from '../nodes/registry.ts'
import { isPreviewMethod, type PreviewMethod } from '../preview-method.ts'
import type { FromRunner, RunOutcome, RunRequest } from './messages.ts'
import { uiFilesExist } from './ui-files.ts'

export interface RunServices {
  registry: NodeRegistry
  environment: NodeEnvironment
  models: ModelStore
  cache: ResultCache
  directories: { input: string; output: string; temp: string }
  metadata: boolean
  /** Of prompts that say nothing of previews. */
  previewMethod: PreviewMethod
  /** Whether a model is closed before another opens. */
  keepsOneModel: boolean
  /** Longest side of a preview, pixels. */
  previewSize: number
  /** Absolute path, or null when this machine has none. */
  ffmpeg: string | null
  breathe: () => Promise<void>
  send: (message: FromRunner) => void
  log: (level: 'info' | 'warn' | 'error', message: string) => void
}

/** @throws never: a fault of the runner itself ends the job as an error too */
export async function runPrompt(request: RunRequest, services: RunServices, signal: AbortSignal): Promise<RunOutcome> {
  try {
    return await executePrompt({
      promptId: request.promptId,
      prompt: request.prompt,
      outputsToExecute: request.outputsToExecute,
      extraPngInfo: asObject(request.extraData.extra_pnginfo),
      secrets: {
        AUTH_TOKEN_COMFY_ORG: request.extraData.auth_token_comfy_org,
        API_KEY_COMFY_ORG: request.extraData.api_key_comfy_org,
      },
      outputsBelongTo: request.naming === 'studio' ? request.job : null,
      previewMethod: choosePreviewMethod(request.extraData.preview_method, services),
      registry: services.registry,
      cache: services.cache,
      host: createHost(request, services),
      signal,
      now: () => performance.now(),
      uiFilesExist: (ui) => uiFilesExist(ui, services.directories),
    })
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    services.log('error', `prompt ${request.promptId}: ${error instanceof Error ? error.stack : text}`)
    return {
      status: 'error',
      outputs: {},
      meta: {},
      error: { type: 'RuntimeError', message: `The runner failed: ${text}`, node_id: null, node_type: null },
    }
  }
}

function createHost(request: RunRequest, services: RunServices): ExecutionHost {
  const { promptId } = request
  const { send } = services
  return {
    environment: services.environment,
    models: services.models,
    metadata: services.metadata,
    previewSize: services.previewSize,
    breathe: services.breathe,
    outputsOf: (node, signal) =>
      createOutputWriter({
        outputDirectory: services.directories.output,
        job: request.job,
        naming: request.naming,
        outputKinds: request.outputKinds,
        // Kinds are declared for the nodes of the submitted graph, which is also what people know.
        nodeId: node.realId,
        isOutputNode: node.definition.isOutputNode === true,
        onFile: (file) => send({ type: 'output', promptId, file }),
        onWarning: (message) => services.log('warn', message),
        ffmpeg: services.ffmpeg,
        signal,
      }),
    send: (message: RunMessage) => send({ type: 'message', promptId, message, timestamp: Date.now() }),
    preview: (node, image) =>
      send({
        type: 'preview',
        promptId,
        nodeId: node.id,
        displayNodeId: node.displayId,
        parentNodeId: node.parentId,
        realNodeId: node.realId,
        format: image.format,
        bytes: image.bytes,
      }),
    sendText: (nodeId, text) => send({ type: 'text', promptId, nodeId, text }),
  }
}

/** Where models are kept one at a time, a network for previews would close the one that samples, step by step. */
function choosePreviewMethod(asked: unknown, { previewMethod, keepsOneModel }: RunServices): PreviewMethod {
  const method = isPreviewMethod(asked) ? asked : previewMethod
  return method !== 'none' && keepsOneModel ? 'latent2rgb' : method
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
