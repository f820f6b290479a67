'use client'
import { useQuery } from '@tanstack/react-query'
/** @file The settings that tell one run of a workflow from another, in a line: pictures by name, values with their labels. */
import type { Job } from '#contracts/jobs'
import type { WorkflowInput } from '#contracts/workflows'
import { givenName, shortName } from '../../_client/format/words.ts'
import { workflowsQuery } from '../../_client/queries/workflows.ts'

/** '' for jobs whose workflow is not on the pod. */
export function useSettingsInWords(job: Job): string {
  const workflows = useQuery(workflowsQuery).data?.workflows ?? []
  const inputs = workflows.find((workflow) => workflow.id === job.workflow?.id)?.inputs ?? []
  return inputs
    .filter((input) => input.advanced !== true)
    .flatMap((input) => settingInWords(input, job.inputs[input.id]) ?? [])
    .slice(0, 3)
    .join(', ')
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
