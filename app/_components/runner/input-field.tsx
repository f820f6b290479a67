'use client'
import { RotateCcw } from 'lucide-react'
/** @file One input of a workflow as its control: which control belongs to which type, with reset and error. */
import type { WorkflowInput } from '#contracts/workflows'
import { Field, inputClass } from '../ui/field.tsx'
import { MediaField } from './fields/media-field.tsx'
import { ModelField } from './fields/model-field.tsx'
import { NumberField } from './fields/number-field.tsx'
import { SeedField } from './fields/seed-field.tsx'
import { defaultValue, type FormValue } from './values.ts'

interface InputFieldProps {
  input: WorkflowInput
  value: FormValue
  /** the value was put in place of the workflow's own, which is not there */
  standsIn: boolean
  error: string | null
  onChange: (value: FormValue) => void
  /** files of this input that get a run each; null where the form has another such input */
  several: readonly string[] | null
  onSeveral: (values: readonly string[]) => void
}

export function InputField({ input, value, standsIn, error, onChange, several, onSeveral }: InputFieldProps) {
  const original = defaultValue(input)
  const isMedia = input.type === 'image' || input.type === 'video'
  const changed = value !== original && !standsIn && !(isMedia && original === '')
  const frame = {
    label: input.label,
    help: standsIn ? `Used in place of ${original}, which is not on this pod.` : input.help,
    error,
    required: input.required === true,
    aside: changed ? <Reset label={input.label} onReset={() => onChange(original)} /> : null,
  }
  switch (input.type) {
    case 'image':
    case 'video':
      return (
        <Field {...frame} group>
          {() => (
            <MediaField
              label={input.label}
              media={input.type}
              value={String(value ?? '')}
              onChange={onChange}
              {...(several === null ? {} : { several, onSeveral })}
            />
          )}
        </Field>
      )
    case 'text':
      return (
        <Field {...frame}>
          {(control) =>
            input.multiline ? (
              <textarea
                {...control}
                rows={6}
                value={String(value ?? '')}
                placeholder={input.placeholder}
                maxLength={input.max_length}
                onChange={(event) => onChange(event.target.value)}
                className={`${inputClass} h-auto! py-2`}
              />
            ) : (
              <input
                {...control}
                type="text"
                value={String(value ?? '')}
                placeholder={input.placeholder}
                maxLength={input.max_length}
                onChange={(event) => onChange(event.target.value)}
                className={inputClass}
              />
            )
          }
        </Field>
      )
    case 'int':
    case 'float':
      return (
        <Field {...frame}>
          {(control) => <NumberField input={input} control={control} value={Number(value)} onChange={onChange} />}
        </Field>
      )
    case 'boolean':
      return (
        <Field {...frame}>
          {(control) => (
            <input
              {...control}
              type="checkbox"
              checked={value === true}
              onChange={(event) => onChange(event.target.checked)}
              className="my-2 block size-5 accent-(--accent)"
            />
          )}
        </Field>
      )
    case 'seed':
      return (
        <Field {...frame}>
          {(control) => <SeedField control={control} value={value as number | null} onChange={onChange} />}
        </Field>
      )
    case 'select':
      return (
        <Field {...frame}>
          {(control) => (
            <select
              {...control}
              value={String(value)}
              onChange={(event) => {
                // Options may be numbers; the control only knows text.
                const option = input.options.find((each) => String(each.value) === event.target.value)
                if (option) onChange(option.value)
              }}
              className={inputClass}
            >
              {input.options.map((option) => (
                <option key={option.value} value={String(option.value)}>
                  {option.label}
                </option>
              ))}
            </select>
          )}
        </Field>
      )
    case 'model':
      return (
        <Field {...frame}>
          {(control) => <ModelField input={input} control={control} value={String(value ?? '')} onChange={onChange} />}
        </Field>
      )
  }
}

const Reset = ({ label, onReset }: { label: string; onReset: () => void }) => (
  <button
    type="button"
    onClick={onReset}
    aria-label={`Changed. Reset ${label}`}
    title="Back to the workflow's own value"
    className="inline-flex min-h-6 items-center gap-1 rounded-md px-1.5 text-xs text-muted hover:bg-hover hover:text-ink"
  >
    <span className="size-1.5 rounded-full bg-accent" aria-hidden />
    Changed
    <RotateCcw size={12} aria-hidden />
  </button>
)
