'use client'
/** @file A seed: open, so that every run draws a new one, or locked, so that runs can be repeated. */
import { Dices, Lock, LockOpen } from 'lucide-react'
import { IconButton } from '../../ui/button.tsx'
import { type ControlProps, inputClass } from '../../ui/field.tsx'

interface SeedFieldProps {
  control: ControlProps
  /** null: open */
  value: number | null
  onChange: (value: number | null) => void
}

/** The largest seed a person is offered: short enough to read out, the server takes any safe integer. */
const draw = () => crypto.getRandomValues(new Uint32Array(1))[0]!

export function SeedField({ control, value, onChange }: SeedFieldProps) {
  const locked = value !== null
  return (
    <div className="flex items-center gap-2">
      <input
        {...control}
        type="text"
        inputMode="numeric"
        readOnly={!locked}
        value={locked ? (Number.isFinite(value) ? String(value) : '') : ''}
        placeholder="New for every run"
        onChange={(event) => {
          const digits = event.target.value.replace(/\D/g, '').slice(0, 16)
          onChange(digits === '' ? Number.NaN : Number(digits))
        }}
        className={`${inputClass} font-mono tabular-nums`}
      />
      <IconButton label="Draw a seed and keep it" look="secondary" onClick={() => onChange(draw())}>
        <Dices size={18} aria-hidden />
      </IconButton>
      <IconButton
        label={locked ? 'Let every run draw a new seed' : 'Keep one seed'}
        look="secondary"
        aria-pressed={locked}
        onClick={() => onChange(locked ? null : draw())}
      >
        {locked ? <Lock size={18} aria-hidden /> : <LockOpen size={18} aria-hidden />}
      </IconButton>
    </div>
  )
}
