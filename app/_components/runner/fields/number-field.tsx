'use client'
/** @file A number with a slider and a field: the slider for trying out, the field for the exact value. */
import type { WorkflowInput } from '#contracts/workflows'
import { type ControlProps, inputClass } from '../../ui/field.tsx'

interface NumberFieldProps {
  input: Extract<WorkflowInput, { type: 'int' | 'float' }>
  control: ControlProps
  value: number
  onChange: (value: number) => void
}

export function NumberField({ input, control, value, onChange }: NumberFieldProps) {
  const step = input.step ?? (input.type === 'int' ? 1 : (input.max - input.min) / 100)
  return (
    <div className="flex items-center gap-3">
      <input
        type="range"
        aria-label={`${input.label}, slider`}
        min={input.min}
        max={input.max}
        step={step}
        value={Number.isFinite(value) ? value : input.min}
        onChange={(event) => onChange(Number(event.target.value))}
        className="range"
      />
      <input
        {...control}
        type="number"
        inputMode={input.type === 'int' ? 'numeric' : 'decimal'}
        min={input.min}
        max={input.max}
        step={input.type === 'int' ? 1 : 'any'}
        value={Number.isFinite(value) ? value : ''}
        onChange={(event) => onChange(event.target.valueAsNumber)}
        className={`${inputClass} w-24! tabular-nums`}
      />
      {input.unit && <span className="text-sm text-muted">{input.unit}</span>}
    </div>
  )
}
