/**
 * @file Input signatures: two nodes with one signature give one result. A signature covers the node and everything
 * upstream: class, change mark, and each input, a literal as it is, a link as (signature of the source, output index).
 * Node ids are no part of it, unless the node says that its result belongs to its id.
 */
import { createHash } from 'node:crypto'
import { type DynamicPrompt, dependencyOf, type GraphNode } from './dynamic-prompt.ts'

export interface SignatureSource {
  graph: DynamicPrompt
  /** The node's change mark; undefined when its class computes none. */
  changeMark(id: string): unknown
  /** A part that only this run knows, for nodes that must run in each job; null for others. */
  runMark(node: GraphNode): string | null
  /** A text that no other signature ever contained. */
  unique(): string
}

export interface Signatures {
  /** Hexadecimal SHA-256, remembered per node for the run. */
  of(id: string): string
}

export function createSignatures(source: SignatureSource): Signatures {
  const known = new Map<string, string>()

  function sign(node: GraphNode): string {
    const { definition } = node
    const hash = createHash('sha256').update(JSON.stringify(node.classType))
    if (definition.changeMark !== undefined) hash.update(`|mark:${literalText(source.changeMark(node.id), source)}`)
    if (belongsToItsId(node)) hash.update(`|id:${JSON.stringify(node.id)}`)
    const runMark = source.runMark(node)
    if (runMark !== null) hash.update(`|run:${JSON.stringify([runMark, node.id])}`)
    for (const name of Object.keys(node.inputs).sort()) {
      const link = dependencyOf(node, name)
      // A link to a node that is not there, or that closes a cycle, has no signature yet: such a node never matches.
      const value = link
        ? `link:${known.get(link[0]) ?? source.unique()}:${link[1]}`
        : literalText(node.inputs[name], source)
      hash.update(`|${JSON.stringify(name)}=${value}`)
    }
    return hash.digest('hex')
  }

  return {
    of(id) {
      const done = known.get(id)
      if (done !== undefined) return done
      // Sources first, on a stack of our own: chains are long, and expansion may have closed a cycle.
      const stack = [id]
      const entered = new Set<string>()
      for (let current = stack.at(-1); current !== undefined; current = stack.at(-1)) {
        const node = source.graph.require(current)
        if (!known.has(current) && !entered.has(current)) {
          entered.add(current)
          for (const name of Object.keys(node.inputs)) {
            const from = dependencyOf(node, name)?.[0]
            if (from !== undefined && !known.has(from) && !entered.has(from) && source.graph.has(from)) stack.push(from)
          }
          if (stack.at(-1) !== current) continue
        }
        stack.pop()
        if (!known.has(current)) known.set(current, sign(node))
      }
      return known.get(id)!
    },
  }
}

function belongsToItsId({ definition }: GraphNode): boolean {
  return definition.notIdempotent === true || Object.values(definition.hidden ?? {}).includes('UNIQUE_ID')
}

/** The value as text, or a unique one when it cannot be compared (NaN, tensors and other values that are not JSON). */
function literalText(value: unknown, source: SignatureSource): string {
  const text = canonicalJson(value, 0)
  return text === null ? `unique:${source.unique()}` : text
}

const maxLiteralDepth = 200

/** JSON with sorted keys; null when the value is none, such as what a node put into an expanded graph. */
function canonicalJson(value: unknown, depth: number): string | null {
  if (value === undefined) return 'undefined'
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value)
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : null
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || depth > maxLiteralDepth) return null
  if (Array.isArray(value)) {
    const items = value.map((item) => canonicalJson(item, depth + 1))
    return items.includes(null) ? null : `[${items.join(',')}]`
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return null
  const entries: string[] = []
  for (const key of Object.keys(value).sort()) {
    const text = canonicalJson((value as Record<string, unknown>)[key], depth + 1)
    if (text === null) return null
    entries.push(`${JSON.stringify(key)}:${text}`)
  }
  return `{${entries.join(',')}}`
}
