/**
 * @file What tells a run of a graph from another one, for runs whose workflow the pod does not keep (ComfyUI clients, dropped
 * graphs): read from the graph by the rule that makes a form of it. Pure.
 */
import type { GraphSetting } from '#contracts/jobs'
import { exposeInputs } from '../workflows/import/expose-inputs.ts'
import type { NodeInfos } from '../workflows/import/node-infos.ts'
import { parseGraph } from '../workflows/import/parse-graph.ts'

const longestText = 200
const most = 12

/** @param prompt - API format, of any client; @returns prompts first; none where the graph cannot be read */
export function graphSettings(prompt: Record<string, unknown>, infos: NodeInfos): GraphSetting[] {
  try {
    const graph = parseGraph(prompt)
    return exposeInputs(graph, infos)
      .inputs.filter((input) => input.advanced !== true || input.type === 'model')
      .flatMap(({ label, type, targets: [target] }): GraphSetting[] => {
        const value = target && graph[target.node]?.inputs[target.input]
        const shown = typeof value === 'bigint' ? String(value) : value
        if (typeof shown === 'string')
          return [{ label, type, input: target!.input, value: shown.slice(0, longestText) }]
        return typeof shown === 'number' || typeof shown === 'boolean'
          ? [{ label, type, input: target!.input, value: shown }]
          : []
      })
      .slice(0, most)
  } catch {
    return []
  }
}

/** Whether the pod does not keep the workflow that made it. */
export const isLooseRun = ({ workflow }: { workflow: { id: string } | null }) =>
  workflow === null || workflow.id.startsWith(unsavedPrefix)

/** Workflows that were run without being kept are called so. */
export const unsavedPrefix = 'unsaved-'
