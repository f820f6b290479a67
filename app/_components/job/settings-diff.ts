/** @file What differs between the settings of two jobs: only that, with both values. Pure. */
import type { WorkflowSummary } from '#contracts/workflows'
import { graphNodes } from './graph/graph-nodes.ts'
import { type Setting, type SettingsSource, settingsOf, valueInWords } from './settings.ts'

export interface Difference {
  key: string
  label: string
  a: string
  b: string
}

export interface ComparedJob {
  job: SettingsSource
  workflow: WorkflowSummary | null
}

/** In the order of {@link settingsOf}; `–` where one of the two does not have the setting. */
export function settingsDiff(a: ComparedJob, b: ComparedJob): Difference[] {
  const differences: Difference[] = []
  const names = [a, b].map(({ job }) => job.workflow?.name ?? 'From a ComfyUI client') as [string, string]
  if (a.job.workflow?.id !== b.job.workflow?.id) {
    differences.push({ key: 'workflow', label: 'Workflow', a: names[0], b: names[1] })
  }
  // Values that a graph fixes are compared where both have the same nodes; else the list would be both graphs.
  const sameGraph = shapeOf(a.job) === shapeOf(b.job)
  const [ofA, ofB] = [a, b].map(({ job, workflow }) => byKey(settingsOf(job, workflow), sameGraph)) as [
    Map<string, Setting>,
    Map<string, Setting>,
  ]
  for (const key of new Set([...ofA.keys(), ...ofB.keys()])) {
    const left = ofA.get(key)
    const right = ofB.get(key)
    if (JSON.stringify(left?.value) === JSON.stringify(right?.value)) continue
    differences.push({
      key,
      label: (left ?? right)!.label,
      a: valueInWords(left?.value),
      b: valueInWords(right?.value),
    })
  }
  return differences
}

const byKey = (settings: readonly Setting[], all: boolean) =>
  new Map(settings.filter((setting) => all || setting.main).map((setting) => [setting.key, setting]))

const shapeOf = (job: SettingsSource) =>
  graphNodes(job.prompt)
    .map((node) => `${node.id} ${node.type}`)
    .sort()
    .join('\n')
