'use client'
import { useQuery } from '@tanstack/react-query'
/** @file The settings that tell one run of a workflow from another, in a line: pictures by name, values with their labels. */
import type { Job } from '#contracts/jobs'
import { mediaKindOfName } from '#contracts/media'
import type { WorkflowInput } from '#contracts/workflows'
import { givenName, shortName } from '../../_client/format/words.ts'
import { workflowsQuery } from '../../_client/queries/workflows.ts'

/** For a workflow that is not on the pod the values alone: what they are called is not known. '' where there are none. */
export function useSettingsInWords(job: Job): string {
  const workflows = useQuery(workflowsQuery).data?.workflows
  if (workflows === undefined) return ''
  const inputs = workflows.find((workflow) => workflow.id === job.workflow?.id)?.inputs
  const words = inputs
    ? inputs
        .filter((input) => input.advanced !== true)
        .flatMap((input) => settingInWords(input, job.inputs[input.id]) ?? [])
    : Object.entries(job.inputs).flatMap(([name, value]) => valueInWords(name, value) ?? [])
  return words.slice(0, 3).join(', ')
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
