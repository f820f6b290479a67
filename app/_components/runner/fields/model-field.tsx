'use client'
import { useQuery } from '@tanstack/react-query'
/** @file Choosing a model file; one that is set but not on the pod stays visible and is said to be missing. */
import type { WorkflowInput } from '#contracts/workflows'
import { modelsQuery } from '../../../_client/queries/workflows.ts'
import { type ControlProps, inputClass } from '../../ui/field.tsx'

interface ModelFieldProps {
  input: Extract<WorkflowInput, { type: 'model' }>
  control: ControlProps
  value: string
  onChange: (value: string) => void
}

export function ModelField({ input, control, value, onChange }: ModelFieldProps) {
  const models = useQuery(modelsQuery(input.folder))
  const names = models.data ?? []
  const missing = value !== '' && models.isSuccess && !names.includes(value)
  return (
    <>
      <select {...control} value={value} onChange={(event) => onChange(event.target.value)} className={inputClass}>
        {value === '' && <option value="">Choose a model</option>}
        {value !== '' && !names.includes(value) && (
          <option value={value}>
            {value}
            {missing ? ' (not on this pod)' : ''}
          </option>
        )}
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      {models.isError && (
        <p className="mt-1.5 text-xs text-muted">The list comes from the engine, which does not answer right now.</p>
      )}
    </>
  )
}
