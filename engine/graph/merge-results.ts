/** @file From what the calls of a node gave to what the node gave: a list of items per output, UI joined per key. */
import type { UiOutput } from '#contracts/comfy/messages'
import { ExecutionBlocker } from '../nodes/define.ts'
import type { CallResult } from './call-node.ts'
import type { GraphNode } from './dynamic-prompt.ts'

/** An output marked as list gives several items by one call; the lists of all calls are joined. */
export function mergeOutputs(node: GraphNode, calls: readonly Pick<CallResult, 'values'>[]): unknown[][] {
  const declared = node.definition.outputs
  const given = calls.map(({ values }) => values).filter((values) => values !== null)
  const longest = given.reduce((most, values) => (Array.isArray(values) ? Math.max(most, values.length) : most), 0)
  const allBlocked = given.length > 0 && given.every((values) => values instanceof ExecutionBlocker)
  const slots = allBlocked ? declared.length : longest
  return Array.from({ length: slots }, (_, slot) => {
    const items: unknown[] = []
    for (const values of given) {
      const value = values instanceof ExecutionBlocker ? values : values[slot]
      if (declared[slot]?.isList === true && Array.isArray(value)) for (const item of value) items.push(item)
      else items.push(value)
    }
    return items
  })
}

/** @returns null when no call gave UI output */
export function mergeUi(calls: readonly Pick<CallResult, 'ui'>[]): UiOutput | null {
  const merged = new Map<string, unknown[]>()
  for (const { ui } of calls) {
    if (ui === null) continue
    for (const [key, items] of Object.entries(ui)) {
      const joined = merged.get(key) ?? []
      for (const item of items) joined.push(item)
      merged.set(key, joined)
    }
  }
  return merged.size > 0 ? Object.fromEntries(merged) : null
}
