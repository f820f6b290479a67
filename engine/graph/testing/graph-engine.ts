/** @file An engine for tests: validates nothing, runs graphs in this process and remembers what was said and done. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RunMessage, UiOutput } from '#contracts/comfy/messages'
import type { Prompt } from '#contracts/comfy/prompt'
import type { AnyNode, NodeEnvironment, PreviewImage } from '../../nodes/define.ts'
import { createNodeRegistry, type NodeRegistry } from '../../nodes/registry.ts'
import type { RunOutcome } from '../../runner/messages.ts'
import { type CacheMode, createResultCache, type ResultCache } from '../cache.ts'
import { executePrompt } from '../execute.ts'
import { createTestNodes, type TestNodeWorld } from './test-nodes.ts'

export const emptyEnvironment: NodeEnvironment = {
  inputDirectory: '/nowhere/input',
  outputDirectory: '/nowhere/output',
  tempDirectory: '/nowhere/temp',
  listModels: async () => [],
  findModel: async () => null,
  listInputFiles: async () => [],
  findAnnotatedFile: async () => null,
}

export interface GraphRun {
  outcome: RunOutcome
  messages: RunMessage[]
  /** `type` or `type(node)` of each message, in order. */
  order: string[]
  /** Ids of the nodes whose `execute` was called, in order. */
  ran: string[]
  /** Ids in `execution_cached`. */
  cached: string[]
  previews: { nodeId: string; image: PreviewImage }[]
  /** The values that the output node of that id showed. */
  shown(id: string): unknown[] | undefined
}

export interface RunOptions {
  job?: string
  signal?: AbortSignal
  targets?: string[]
  uiFilesExist?: (ui: UiOutput) => Promise<boolean>
  onMessage?: (message: RunMessage) => void
}

export interface GraphEngine {
  world: TestNodeWorld
  registry: NodeRegistry
  cache: ResultCache
  run(prompt: Prompt, options?: RunOptions): Promise<GraphRun>
}

export function createGraphEngine({
  cacheMode = 'fit',
  maxBytes = 1e9,
  nodes = [],
}: {
  cacheMode?: CacheMode
  maxBytes?: number
  nodes?: AnyNode[]
} = {}): GraphEngine {
  const world: TestNodeWorld = { calls: [], marks: new Map(), gates: new Map() }
  const registry = createNodeRegistry([...createTestNodes(world), ...nodes])
  const cache = createResultCache({ mode: cacheMode, maxBytes })
  return {
    world,
    registry,
    cache,
    async run(prompt, options = {}) {
      const messages: RunMessage[] = []
      const previews: GraphRun['previews'] = []
      const callsBefore = world.calls.length
      const isOutput = (id: string) => registry.get(prompt[id]?.class_type)?.isOutputNode === true
      const outcome = await executePrompt({
        promptId: 'prompt',
        prompt,
        outputsToExecute: options.targets ?? Object.keys(prompt).filter(isOutput),
        extraPngInfo: { workflow: { id: 'w' } },
        secrets: { API_KEY_COMFY_ORG: 'hidden-key', AUTH_TOKEN_COMFY_ORG: 'hidden-token' },
        outputsBelongTo: options.job ?? null,
        previewMethod: 'auto',
        registry,
        cache,
        signal: options.signal ?? new AbortController().signal,
        now: () => performance.now(),
        uiFilesExist: options.uiFilesExist ?? (async () => true),
        host: {
          environment: emptyEnvironment,
          models: {
            device: 'cpu',
            open: async (path) => {
              throw new Error(`no model ${path}`)
            },
            network: () => {
              throw new Error('no models in this test')
            },
            clipTokenizer: async () => {
              throw new Error('no models in this test')
            },
            unloadAll: async () => undefined,
          },
          metadata: true,
          outputsOf: () => ({
            write: async () => {
              throw new Error('these tests write no files')
            },
          }),
          send: (message) => {
            messages.push(message)
            options.onMessage?.(message)
          },
          preview: (node, image) => previews.push({ nodeId: node.id, image }),
          sendText: () => undefined,
          breathe: () => nextTurn(),
        },
      })
      return {
        outcome,
        messages,
        order: messages.map(createNamer()),
        ran: world.calls.slice(callsBefore).map((call) => call.nodeId),
        cached: messages.flatMap((message) => (message.type === 'execution_cached' ? message.data.nodes : [])),
        previews,
        shown: (id) => outcome.outputs[id]?.values,
      }
    },
  }
}

/** `type` or `type(node)`; a `progress_state` is named after the node that changed. */
function createNamer(): (message: RunMessage) => string {
  const known = new Map<string, string>()
  return (message) => {
    switch (message.type) {
      case 'executing':
      case 'progress':
      case 'executed':
        return `${message.type}(${message.data.node})`
      case 'progress_state': {
        const texts = Object.values(message.data.nodes).map(
          (node) => [node.node_id, `${node.node_id} ${node.state} ${node.value}/${node.max}`] as const,
        )
        const changed = texts.filter(([id, text]) => known.get(id) !== text)
        for (const [id, text] of changed) known.set(id, text)
        return `progress_state(${changed.map(([, text]) => text).join(', ')})`
      }
      default:
        return message.type
    }
  }
}

/** A node of a prompt. */
export function node(class_type: string, inputs: Record<string, unknown> = {}): Prompt[string] {
  return { class_type, inputs }
}
