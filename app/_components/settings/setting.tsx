/** @file One line of the settings: its name, what it means, and its control. */
import type { ReactNode } from 'react'

interface SettingProps {
  name: string
  about: ReactNode
  /** id of the control */
  htmlFor?: string
  children: ReactNode
}

export const Setting = ({ name, about, htmlFor, children }: SettingProps) => (
  <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 px-5 py-4">
    <div className="min-w-0 grow basis-52">
      {htmlFor ? (
        <label htmlFor={htmlFor} className="text-base font-medium">
          {name}
        </label>
      ) : (
        <p className="text-base font-medium">{name}</p>
      )}
      <p className="text-sm text-muted">{about}</p>
    </div>
    {children}
  </div>
)

interface ToggleProps {
  id: string
  on: boolean
  disabled?: boolean
  onChange: (on: boolean) => void
}

export const Toggle = ({ id, on, disabled = false, onChange }: ToggleProps) => (
  <input
    id={id}
    type="checkbox"
    role="switch"
    aria-checked={on}
    checked={on}
    disabled={disabled}
    onChange={(event) => onChange(event.target.checked)}
    className="relative h-7 w-12 shrink-0 cursor-pointer appearance-none rounded-full border border-line-strong bg-hover transition-colors before:absolute before:top-[3px] before:left-[3px] before:size-5 before:rounded-full before:bg-muted before:transition-transform checked:border-accent checked:bg-accent checked:before:translate-x-5 checked:before:bg-on-accent disabled:cursor-default disabled:opacity-50"
  />
)
