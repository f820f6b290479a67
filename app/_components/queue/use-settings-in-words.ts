'use client'
import { useQuery } from '@tanstack/react-query'
/** @file The settings that tell one run of a workflow from another, in a line: pictures by name, values with their labels. */
import type { GraphSetting, Job } from '#contracts/jobs'
import { mediaKindOfName } from '#contracts/media'
import type { WorkflowInput } from '#contracts/workflows'
import { givenName, shortName } from '../../_client/format/words.ts'
import { queueQuery } from '../../_client/queries/queue.ts'
import { workflowsQuery } from '../../_client/queries/workflows.ts'
import { graphInWords } from './graph-in-words.ts'

/**
 * Of a run whose workflow the pod does not keep, what its graph says; for one whose workflow went, the values alone: what
 * they are called is not known. '' where there are none.
 */
export function useSettingsInWords(job: Job): string {
  const workflows = useQuery(workflowsQuery).data?.workflows
  const settings = useGraphSettings(job)
  if (settings !== undefined) return graphInWords(settings).join(', ')
  if (workflows === undefined) return ''
  const inputs = workflows.find((workflow) => workflow.id === job.workflow?.id)?.inputs
  const words = inputs
    ? inputs
        .filter((input) => input.advanced !== true)
        .flatMap((input) => settingInWords(input, job.inputs[input.id]) ?? [])
    : Object.entries(job.inputs).flatMap(([name, value]) => valueInWords(name, value) ?? [])
  return words.slice(0, 3).join(', ')
}

/** Of a run whose workflow the pod does not keep. */
export function useGraphSettings(job: Job): GraphSetting[] | undefined {
  // The news of a job that was just accepted comes before its graph was read; the queue tells it then.
  const inQueue = useQuery({
    ...queueQuery,
    enabled: false,
    select: ({ jobs }) => jobs.find(({ id }) => id === job.id)?.settings,
  }).data
  return job.settings ?? inQueue
}

function valueInWords(name: string, value: unknown): string | null {
  if (typeof value === 'number') return `${name} ${value}`
  if (typeof value !== 'string' || value === '') return null
  return mediaKindOfName(value) === null ? `“${shortName(value, 40)}”` : shortName(givenName(value), 28)
}

function settingInWords(input: WorkflowInput, value: unknown): string | null {
  switch (input.type) {
    case 'image':
    case 'video':
      return typeof value === 'string' ? shortName(givenName(value), 28) : null
    case 'text':
      return typeof value === 'string' && value !== '' ? `“${shortName(value, 40)}”` : null
    case 'int':
    case 'float':
      return typeof value === 'number' ? `${input.label} ${value}${input.unit ? ` ${input.unit}` : ''}` : null
    case 'select':
      return input.options.find((option) => option.value === value)?.label ?? null
    default:
      return null
  }
}
