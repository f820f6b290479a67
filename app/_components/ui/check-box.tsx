/** @file A check box with room for a finger around it. */
import type { InputHTMLAttributes } from 'react'

interface CheckBoxProps
  extends Omit<InputHTMLAttributes<HTMLInputElement>, 'type' | 'checked' | 'onChange' | 'onToggle'> {
  label: string
  /** the label stands beside the box */
  labelled?: boolean
  /** `some` of what it stands for is chosen */
  state: 'none' | 'some' | 'all'
  /** @param asRange - Shift was held, with the pointer or the space bar */
  onToggle: (asRange: boolean) => void
  className?: string
}

export const CheckBox = ({ label, labelled = false, state, onToggle, className = '', ...rest }: CheckBoxProps) => (
  <label
    className={`-ml-3 flex h-11 shrink-0 cursor-pointer items-center select-none md:h-9 ${labelled ? 'gap-1 pr-2 text-sm' : ''} ${className}`}
  >
    <span className="grid size-11 place-items-center md:size-9">
      <input
        type="checkbox"
        aria-label={labelled ? undefined : label}
        checked={state === 'all'}
        ref={(box) => {
          if (box) box.indeterminate = state === 'some'
        }}
        onChange={({ nativeEvent }) => onToggle('shiftKey' in nativeEvent && nativeEvent.shiftKey === true)}
        {...rest}
        className="size-5 accent-(--accent)"
      />
    </span>
    {labelled && label}
  </label>
)
