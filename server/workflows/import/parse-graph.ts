/**
 * @file From a stranger's JSON text to a graph in API format that is safe to work with: bounded, of the right shape,
 * without names that mean something to JavaScript, without links to nowhere. Pure. What the nodes are is not judged here.
 */
import type { WorkflowFile } from '#contracts/workflows'
import { StudioError } from '../../http/errors.ts'

export type ApiGraph = WorkflowFile['prompt']

/** Of text. Real graphs have some hundred KB; parsing this much does not hold up anybody else. */
export const maxGraphBytes = 2 * 1024 * 1024
const maxNodes = 2000
const maxInputs = 500
const maxDepth = 64
const longestName = 200

export const refuse = (detail: string) => new StudioError('invalid_request', detail)

/** @throws StudioError `invalid_request` in words */
export function parseJson(text: string): unknown {
  if (text.length > maxGraphBytes) throw refuse('The workflow is larger than 2 MB')
  if (depthOf(text) > maxDepth) throw refuse(`The workflow is nested more than ${maxDepth} levels deep`)
  try {
    return JSON.parse(withoutNaN(text))
  } catch {
    throw refuse('The file is not valid JSON')
  }
}

/** Python writes NaN and Infinity, which JSON does not have; in a graph they only stand where nothing reads them. */
function withoutNaN(text: string): string {
  return /\b(?:NaN|Infinity)\b/.test(text)
    ? text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b/g, (part) => (part.startsWith('"') ? part : 'null'))
    : text
}

/** How deep brackets nest outside of strings; told before parsing, so that no parser has to follow. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let quoted = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (quoted) {
      if (code === 0x5c) index++
      else if (code === 0x22) quoted = false
    } else if (code === 0x22) quoted = true
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth)
    else if (code === 0x7d || code === 0x5d) depth--
  }
  return deepest
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a value has the look of a graph in API format. */
export function looksLikeGraph(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false
  const nodes = Object.values(value)
  return nodes.length > 0 && nodes.every((node) => isObject(node) && 'class_type' in node)
}

const forbidden = new Set(['__proto__', 'constructor', 'prototype'])
const isName = (name: string) => name !== '' && name.length <= longestName && !forbidden.has(name)

/** @throws StudioError `invalid_request` in words */
export function parseGraph(value: Record<string, unknown>): ApiGraph {
  const entries = Object.entries(value)
  if (entries.length > maxNodes) throw refuse(`The workflow has more than ${maxNodes} nodes`)
  const graph: ApiGraph = {}
  for (const [id, node] of entries) {
    if (!isName(id)) throw refuse('A node of the workflow has a name that is not acceptable')
    graph[id] = parseNode(id, node)
  }
  for (const [id, { inputs }] of Object.entries(graph)) {
    for (const value of Object.values(inputs)) {
      if (isLink(value) && !Object.hasOwn(graph, value[0])) {
        throw refuse(`“${titleOf(graph, id)}” is connected to a node that the workflow does not have`)
      }
    }
  }
  return graph
}

function parseNode(id: string, node: unknown): ApiGraph[string] {
  if (!isObject(node)) throw refuse('A node of the workflow is not an object')
  const { class_type: classType, inputs = {}, _meta: meta } = node
  if (typeof classType !== 'string' || !isName(classType)) throw refuse(`Node ${id} does not say what it is`)
  if (!isObject(inputs)) throw refuse(`The inputs of node ${id} are not an object`)
  const given = Object.entries(inputs)
  if (given.length > maxInputs) throw refuse(`Node ${id} has more than ${maxInputs} inputs`)
  if (!given.every(([name]) => isName(name))) throw refuse(`An input of node ${id} has a name that is not acceptable`)
  const title = isObject(meta) && typeof meta.title === 'string' ? meta.title.trim().slice(0, longestName) : ''
  return { class_type: classType, inputs: { ...inputs }, ...(title ? { _meta: { title } } : {}) }
}

export function isLink(value: unknown): value is [string, number] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && typeof value[1] === 'number'
}

export function titleOf(graph: ApiGraph, id: string): string {
  return graph[id]?._meta?.title || graph[id]?.class_type || id
}
