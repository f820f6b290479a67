/**
 * @file From the raw JSON of `POST /prompt` to a map of nodes with known classes. Bounds what hostile JSON may be:
 * number of nodes, depth. Keys are looked up in maps, so a node or an input called `__proto__` is just odd.
 */
import type { PromptError } from '#contracts/comfy/prompt'
import type { AnyNode } from '../nodes/define.ts'
import type { NodeRegistry } from '../nodes/registry.ts'
import * as errors from './validation-errors.ts'

/** Most nodes that a prompt may have. */
export const maxPromptNodes = 2000
/** Deepest nesting of a prompt's JSON. Everything behind walks values by recursion and relies on it. */
export const maxPromptDepth = 100

/** A node of the submitted prompt, its class resolved; `inputs` is a copy that validation converts in place. */
export interface ParsedNode {
  id: string
  definition: AnyNode
  inputs: Map<string, unknown>
  raw: Readonly<Record<string, unknown>>
}

export type ParsedPrompt = { ok: true; nodes: Map<string, ParsedNode> } | { ok: false; error: PromptError }

/** Stops at the first fault, in key order, over all nodes, also unconnected ones. */
export function parsePrompt(prompt: unknown, registry: NodeRegistry): ParsedPrompt {
  if (prompt === undefined || prompt === null) return { ok: false, error: errors.noPrompt() }
  if (!isObject(prompt)) return refuse('The prompt must be an object: node id to node')
  const ids = Object.keys(prompt)
  if (ids.length > maxPromptNodes) return { ok: false, error: errors.tooManyNodes(ids.length, maxPromptNodes) }
  if (isDeeperThan(prompt, maxPromptDepth)) return refuse(`The prompt is nested deeper than ${maxPromptDepth} levels`)

  const nodes = new Map<string, ParsedNode>()
  for (const id of ids) {
    const raw = prompt[id]
    const classType = isObject(raw) ? own(raw, 'class_type') : undefined
    const title = isObject(raw) ? titleOf(raw) : null
    if (!isObject(raw) || classType === undefined || classType === null) {
      return { ok: false, error: errors.noClassType(id, title) }
    }
    const definition = registry.get(classType)
    if (definition === undefined) return { ok: false, error: errors.unknownClassType(id, classType, title) }
    const inputs = own(raw, 'inputs') ?? {}
    if (!isObject(inputs)) return refuse(`The inputs of node #${id} must be an object: name to value`)
    nodes.set(id, { id, definition, inputs: new Map(Object.entries(inputs)), raw })
  }
  return { ok: true, nodes }
}

function refuse(details: string): ParsedPrompt {
  return { ok: false, error: errors.invalidPrompt(details) }
}

function titleOf(node: Record<string, unknown>): string | null {
  const meta = own(node, '_meta')
  const title = isObject(meta) ? own(meta, 'title') : undefined
  return typeof title === 'string' ? title : null
}

function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Walks by level, not by recursion: the value may be nested as deep as the parser allowed. */
function isDeeperThan(value: unknown, limit: number): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true
    const next: unknown[] = []
    for (const item of level) {
      if (typeof item === 'object' && item !== null) for (const child of Object.values(item)) next.push(child)
    }
    level = next
  }
  return false
}
