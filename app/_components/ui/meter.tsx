/** @file Bars: how full something is (meter), how far something is (progress). The words stand beside them. */

interface BarProps {
  label: string
  /** 0 to 1 */
  value: number
  tone?: 'accent' | 'ok' | 'warn' | 'danger'
  /** what a screen reader says instead of the per cent */
  text?: string
  thin?: boolean
}

const tones = { accent: 'bg-accent', ok: 'bg-ok', warn: 'bg-warn', danger: 'bg-danger' }
const clamp = (value: number) => Math.min(1, Math.max(0, Number.isFinite(value) ? value : 0))

export const Meter = (props: BarProps) => <Bar role="meter" {...props} />
export const ProgressBar = (props: BarProps) => <Bar role="progressbar" {...props} />

function Bar({
  role,
  label,
  value,
  tone = 'accent',
  text,
  thin = false,
}: BarProps & { role: 'meter' | 'progressbar' }) {
  const share = clamp(value)
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: the role is one of the two that take a label
    <div
      role={role}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      aria-valuetext={text}
      className={`overflow-hidden rounded-full bg-hover ${thin ? 'h-1' : 'h-2'}`}
    >
      <div
        className={`h-full origin-left rounded-full transition-[width] duration-300 ${tones[tone]}`}
        style={{ width: `${share * 100}%` }}
      />
    </div>
  )
}

/** From when on a meter warns: three quarters is normal, nine tenths is not. */
export const toneOf = (share: number) => (share >= 0.95 ? 'danger' : share >= 0.85 ? 'warn' : 'accent')
