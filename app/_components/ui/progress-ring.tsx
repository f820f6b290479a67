/** @file A small ring that fills: the progress of a job where a bar has no room. */

interface ProgressRingProps {
  /** 0 to 1, or null when it is not known */
  value: number | null
  label: string
  size?: number
}

export function ProgressRing({ value, label, size = 20 }: ProgressRingProps) {
  const share = Math.min(1, Math.max(0, value ?? 0))
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={value === null ? undefined : Math.round(share * 100)}
      className={`shrink-0 -rotate-90 text-accent ${value === null ? 'animate-spin' : ''}`}
    >
      <circle cx="10" cy="10" r="7.5" fill="none" stroke="var(--hover)" strokeWidth="3" />
      <circle
        cx="10"
        cy="10"
        r="7.5"
        fill="none"
        stroke="currentColor"
        strokeWidth="3"
        strokeLinecap="round"
        pathLength={100}
        strokeDasharray={`${value === null ? 25 : share * 100} 100`}
      />
    </svg>
  )
}
