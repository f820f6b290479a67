'use client'
/** @file A model file, chosen from a list that can be searched; one that is set but not on the pod is said to be missing. */
import { useQuery } from '@tanstack/react-query'
import { Check, ChevronsUpDown, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import type { WorkflowInput } from '#contracts/workflows'
import { shortName } from '../../../_client/format/words.ts'
import { modelsQuery } from '../../../_client/queries/workflows.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { type ControlProps, inputClass } from '../../ui/field.tsx'

interface ModelFieldProps {
  input: Extract<WorkflowInput, { type: 'model' }>
  control: ControlProps
  value: string
  onChange: (value: string) => void
}

export function ModelField({ input, control, value, onChange }: ModelFieldProps) {
  const models = useQuery(modelsQuery(input.folder))
  const [choosing, setChoosing] = useState(false)
  const [q, setQ] = useState('')
  const names = models.data ?? []
  const missing = value !== '' && models.isSuccess && !names.includes(value)
  const { 'aria-required': _required, ...button } = control
  const listed = (missing ? [value, ...names] : names).filter((name) => name.toLowerCase().includes(q.toLowerCase()))
  const choose = (name: string) => {
    onChange(name)
    setChoosing(false)
  }
  return (
    <>
      <button
        {...button}
        type="button"
        aria-haspopup="dialog"
        title={value}
        onClick={() => {
          setQ('')
          setChoosing(true)
        }}
        className={`${inputClass} flex items-center gap-2 text-left`}
      >
        <span className={`grow truncate ${value === '' ? 'text-muted' : ''}`}>
          {value === '' ? 'Choose a model' : shortName(value, 40)}
        </span>
        {missing && <Missing />}
        <ChevronsUpDown size={16} className="shrink-0 text-muted" aria-hidden />
      </button>
      {models.isError && (
        <p className="mt-1.5 text-xs text-muted">The list comes from the engine, which does not answer right now.</p>
      )}
      <Dialog open={choosing} title={input.label} onClose={() => setChoosing(false)}>
        <input
          type="search"
          aria-label="Search models"
          placeholder={`Search ${names.length} files of models/${input.folder}`}
          value={q}
          onChange={(event) => setQ(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && listed.length === 1) choose(listed[0]!)
          }}
          className={inputClass}
        />
        <ul className="mt-3 max-h-[45dvh] overflow-y-auto">
          {listed.map((name) => (
            <li key={name}>
              <button
                type="button"
                aria-pressed={name === value}
                onClick={() => choose(name)}
                className="flex min-h-11 w-full items-center gap-2 rounded-lg px-2 text-left text-sm hover:bg-hover md:min-h-9"
              >
                <span className="size-4 shrink-0">{name === value && <Check size={16} aria-hidden />}</span>
                <span className="grow break-all">{name}</span>
                {name === value && missing && <Missing />}
              </button>
            </li>
          ))}
        </ul>
        {listed.length === 0 && (
          <p className="py-6 text-center text-sm text-muted">
            {names.length === 0 ? `No file in models/${input.folder}.` : `Nothing matches “${q}”.`}
          </p>
        )}
      </Dialog>
    </>
  )
}

const Missing = () => (
  <span className="inline-flex shrink-0 items-center gap-1 text-xs font-medium text-warn">
    <TriangleAlert size={14} aria-hidden />
    not on this pod
  </span>
)
