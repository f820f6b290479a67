/** @file A check box with room for a finger around it. */
import type { InputHTMLAttributes } from 'react'

interface ChoiceProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'type' | 'checked' | 'onChange'> {
  label: string
  state: 'none' | 'some' | 'all'
  onToggle: () => void
}

export const Choice = ({ label, state, onToggle, ...rest }: ChoiceProps) => (
  <label className="-ml-3 grid size-11 shrink-0 cursor-pointer place-items-center md:size-9">
    <input
      type="checkbox"
      aria-label={label}
      checked={state === 'all'}
      ref={(box) => {
        if (box) box.indeterminate = state === 'some'
      }}
      onChange={onToggle}
      {...rest}
      className="size-5 accent-(--accent)"
    />
  </label>
)
