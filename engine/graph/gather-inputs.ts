/**
 * @file The values a node is called with: every input as a list of items, from literals, from the results of other
 * nodes, and from the run itself (hidden inputs).
 */
import type { Prompt } from '#contracts/comfy/prompt'
import { type HiddenInput, NodeError } from '../nodes/define.ts'
import type { NodeOutput } from './cache.ts'
import { dependencyOf, type GraphNode, inputSpec } from './dynamic-prompt.ts'
import { unwrapLiteral } from './literal.ts'

export interface GatheredInputs {
  /** Input name → items. */
  lists: ReadonlyMap<string, readonly unknown[]>
  /** Linked inputs whose source has no result (lazy ones); their list is `[null]`. */
  missing: ReadonlySet<string>
  /** Inputs whose values must be told to nobody. */
  secret: ReadonlySet<string>
}

export interface HiddenValues {
  prompt: Prompt
  dynamicPrompt: unknown
  extraPngInfo: Record<string, unknown>
  /** By the name of the hidden input, for a prompt that brought them. */
  secrets: Partial<Record<HiddenInput, unknown>>
}

/** @throws NodeError when a link asks for an output that its source did not give */
export function gatherInputs(
  node: GraphNode,
  resultOf: (id: string) => NodeOutput | undefined,
  hidden: HiddenValues,
): GatheredInputs {
  const lists = new Map<string, readonly unknown[]>()
  const missing = new Set<string>()
  const secret = new Set<string>()
  for (const [name, value] of Object.entries(node.inputs)) {
    const link = dependencyOf(node, name)
    if (link === null) {
      // A literal that the class does not declare counts for the cache and is not handed over.
      if (inputSpec(node, name) !== undefined) lists.set(name, [isRawLink(node, name) ? value : unwrapLiteral(value)])
      continue
    }
    const [sourceId, index] = link
    const source = resultOf(sourceId)
    if (source === undefined) {
      missing.add(name)
      lists.set(name, [null])
      continue
    }
    const items = source.outputs[index]
    if (items === undefined) {
      throw new NodeError(`Input '${name}': node ${sourceId} gave no output number ${index}`, 'IndexError')
    }
    lists.set(name, items)
  }
  for (const [name, type] of Object.entries(node.definition.hidden ?? {})) {
    lists.set(name, [hiddenValue(type, node, hidden)])
    if (type.endsWith('_COMFY_ORG')) secret.add(name)
  }
  return { lists, missing, secret }
}

function isRawLink(node: GraphNode, name: string): boolean {
  return inputSpec(node, name)?.options.rawLink === true
}

function hiddenValue(type: HiddenInput, node: GraphNode, hidden: HiddenValues): unknown {
  switch (type) {
    case 'PROMPT':
      return hidden.prompt
    case 'DYNPROMPT':
      return hidden.dynamicPrompt
    case 'EXTRA_PNGINFO':
      return hidden.extraPngInfo
    case 'UNIQUE_ID':
      return node.id
    case 'AUTH_TOKEN_COMFY_ORG':
    case 'API_KEY_COMFY_ORG':
      return hidden.secrets[type] ?? null
  }
}
