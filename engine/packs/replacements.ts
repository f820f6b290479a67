/**
 * @file Node replacements: classes that are gone and what stands in for them. As packs declare them, as
 * `/node_replacements` lists them, and applied to a submitted prompt before it is validated.
 */
import * as z from 'zod'
import { isLink } from '#contracts/comfy/prompt'
import type { NodeRegistry } from '../nodes/registry.ts'

export const replacementSchema = z.object({
  oldNodeId: z.string().min(1),
  newNodeId: z.string().min(1),
  oldWidgetIds: z.array(z.string()).optional(),
  inputMapping: z
    .array(
      z.union([
        z.object({ newId: z.string(), oldId: z.string() }),
        z.object({ newId: z.string(), setValue: z.json() }),
      ]),
    )
    .optional(),
  outputMapping: z.array(z.object({ newIdx: z.int().min(0), oldIdx: z.int().min(0) })).optional(),
})
export type NodeReplacement = z.infer<typeof replacementSchema>

/** The answer of `/node_replacements`: old class → what may stand in for it. */
export function describeReplacements(replacements: readonly NodeReplacement[]): Record<string, unknown[]> {
  const byOld = new Map<string, unknown[]>()
  for (const replacement of replacements) {
    const { oldNodeId, newNodeId, oldWidgetIds, inputMapping, outputMapping } = replacement
    byOld.set(oldNodeId, [
      ...(byOld.get(oldNodeId) ?? []),
      {
        new_node_id: newNodeId,
        old_node_id: oldNodeId,
        old_widget_ids: oldWidgetIds ?? null,
        input_mapping:
          inputMapping?.map((map) =>
            'oldId' in map ? { new_id: map.newId, old_id: map.oldId } : { new_id: map.newId, set_value: map.setValue },
          ) ?? null,
        output_mapping: outputMapping?.map(({ newIdx, oldIdx }) => ({ new_idx: newIdx, old_idx: oldIdx })) ?? null,
      },
    ])
  }
  return Object.fromEntries(byOld)
}

/**
 * Replaces nodes whose class is not known by the first replacement that is.
 * @param prompt - as submitted, of any shape; what is no node is left for validation to refuse
 * @returns the prompt itself when nothing is to be replaced
 */
export function replaceNodes(
  prompt: unknown,
  registry: NodeRegistry,
  replacements: readonly NodeReplacement[],
): unknown {
  if (replacements.length === 0 || !isObject(prompt)) return prompt
  const replaced = new Map<string, NodeReplacement>()
  for (const [id, node] of Object.entries(prompt)) {
    if (!isObject(node) || registry.get(node.class_type) !== undefined) continue
    const replacement = replacements.find(
      ({ oldNodeId, newNodeId }) => oldNodeId === node.class_type && registry.get(newNodeId) !== undefined,
    )
    if (replacement) replaced.set(id, replacement)
  }
  if (replaced.size === 0) return prompt

  const moveLink = (value: unknown): unknown => {
    if (!isLink(value)) return value
    const moved = replaced.get(value[0])?.outputMapping?.find(({ oldIdx }) => oldIdx === value[1])
    return moved ? [value[0], moved.newIdx] : value
  }
  return Object.fromEntries(
    Object.entries(prompt).map(([id, node]) => {
      if (!isObject(node) || !isObject(node.inputs)) return [id, node]
      const replacement = replaced.get(id)
      const inputs = replacement ? mapInputs(node.inputs, replacement) : node.inputs
      const moved = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, moveLink(value)]))
      return [id, { ...node, ...(replacement && { class_type: replacement.newNodeId }), inputs: moved }]
    }),
  )
}

function mapInputs(inputs: Record<string, unknown>, { inputMapping }: NodeReplacement): Record<string, unknown> {
  if (inputMapping === undefined) return inputs
  const mapped: [string, unknown][] = []
  for (const map of inputMapping) {
    if ('setValue' in map) mapped.push([map.newId, map.setValue])
    else if (Object.hasOwn(inputs, map.oldId)) mapped.push([map.newId, inputs[map.oldId]])
  }
  return Object.fromEntries(mapped)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
