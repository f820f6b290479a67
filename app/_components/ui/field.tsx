'use client'
/** @file A labelled control: owns the wiring of label, help and error, so that no form repeats it. */
import { type ReactNode, useId } from 'react'

export interface ControlProps {
  id: string
  'aria-describedby': string | undefined
  'aria-invalid': true | undefined
  'aria-required': true | undefined
}

interface FieldProps {
  label: string
  help?: string | undefined
  error?: string | null
  required?: boolean
  /** right of the label: a reset, a value */
  aside?: ReactNode
  /** the control is a group of controls and gets the label by aria-labelledby */
  group?: boolean
  children: (control: ControlProps) => ReactNode
}

export function Field({ label, help, error = null, required = false, aside, group = false, children }: FieldProps) {
  const id = useId()
  const described = [help ? `${id}-help` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ') || undefined
  const control: ControlProps = {
    id,
    'aria-describedby': described,
    'aria-invalid': error ? true : undefined,
    'aria-required': required ? true : undefined,
  }
  const words = (
    <>
      {label}
      {required && <span className="ml-1.5 font-normal text-muted">required</span>}
    </>
  )
  return (
    <div className="min-w-0">
      <div className="mb-1.5 flex min-h-6 items-center justify-between gap-3">
        {group ? (
          <span id={`${id}-label`} className="text-sm font-medium">
            {words}
          </span>
        ) : (
          <label htmlFor={id} className="text-sm font-medium">
            {words}
          </label>
        )}
        {aside}
      </div>
      {group ? (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot take its name from a span beside a button
        <div role="group" aria-labelledby={`${id}-label`} aria-describedby={described}>
          {children(control)}
        </div>
      ) : (
        children(control)
      )}
      {help && (
        <p id={`${id}-help`} className="mt-1.5 text-xs text-muted">
          {help}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="mt-1.5 text-sm text-danger">
          {error}
        </p>
      )}
    </div>
  )
}

/** Look of text-like controls: the border has the contrast that a control's boundary needs. */
export const inputClass =
  'h-11 md:h-9 w-full min-w-0 rounded-lg border border-line-strong bg-surface px-3 text-base md:text-sm text-ink aria-invalid:border-danger'
