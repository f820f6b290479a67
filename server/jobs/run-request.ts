/**
 * @file From a workflow and its values to what is posted to the engine: the graph with the values written in, and the
 * studio's own note about the run (`extra_data.studio`). Pure.
 */
import type { Job, JobRecord, StudioRun } from '#contracts/jobs'
import { studioRunSchema } from '#contracts/jobs'
import type { WorkflowFile } from '#contracts/workflows'
import type { GraphNames } from '../engine-client/prompt-refusal.ts'
import type { ResolvedInputs } from './workflow-inputs.ts'

/** A copy of the workflow's graph with each value at the inputs it belongs to. */
export function patchPrompt(workflow: WorkflowFile, values: Record<string, unknown>): WorkflowFile['prompt'] {
  const prompt = structuredClone(workflow.prompt)
  for (const { id, targets } of workflow.inputs) {
    if (!Object.hasOwn(values, id)) continue
    // Targets were checked when the workflow was read.
    for (const { node, input } of targets) prompt[node]!.inputs[input] = values[id]
  }
  return prompt
}

/** The note of a first run. */
export function studioRunOf(id: string, workflow: WorkflowFile, { values, seeds }: ResolvedInputs): StudioRun {
  return {
    workflow: { id, name: workflow.name },
    inputs: values,
    seeds,
    outputs: Object.fromEntries(workflow.outputs.map(({ node, kind }) => [node, kind])),
    retry_of: null,
  }
}

/** Keys the engine adds itself, or that belonged to the client that asked the first time. */
const notRepeated = new Set(['studio', 'client_id', 'create_time', 'comfy_usage_source'])

/** The extra data of a run that repeats a record: same values, same seeds. */
export function retryExtraData(record: JobRecord): Record<string, unknown> {
  const kept = Object.entries(record.extra_data).filter(([key]) => !notRepeated.has(key))
  const first = studioRunSchema.safeParse(record.extra_data.studio).data
  const studio: StudioRun = {
    workflow: record.workflow,
    inputs: record.inputs,
    seeds: record.seeds,
    outputs: first?.outputs ?? {},
    retry_of: record.id,
  }
  return { ...Object.fromEntries(kept), studio }
}

/** The job as it is known from the engine's answer, before its feed speaks of it. */
export function acceptedJob(
  accepted: { promptId: string; job: string; number: number },
  { workflow, inputs, seeds, retry_of }: StudioRun,
  createdAt: number,
): Job {
  return {
    id: accepted.job,
    prompt_id: accepted.promptId,
    status: 'queued',
    number: accepted.number,
    workflow,
    inputs,
    seeds,
    created_at: createdAt,
    started_at: null,
    finished_at: null,
    progress: null,
    outputs: [],
    error: null,
    retry_of,
  }
}

/** What people call the parts of a graph. */
export function namesOf(prompt: Record<string, unknown>, workflow?: WorkflowFile): GraphNames {
  return {
    labelOf: (node, input) =>
      workflow?.inputs.find(({ targets }) => targets.some((target) => target.node === node && target.input === input))
        ?.label ?? null,
    titleOf(node) {
      const entry = Object.hasOwn(prompt, node) ? (prompt[node] as { _meta?: { title?: unknown } } | null) : null
      const title = entry?._meta?.title
      return typeof title === 'string' && title !== '' ? title : null
    },
  }
}
