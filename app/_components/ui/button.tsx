/** @file Buttons and links that look like buttons: one set of sizes, 44 px high where fingers point. */
import type { ButtonHTMLAttributes, ReactNode } from 'react'
import { useNeedsPod } from './needs-pod.ts'

type Look = 'primary' | 'secondary' | 'quiet' | 'danger' | 'onPicture'

const looks: Record<Look, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover',
  secondary: 'border border-line bg-surface text-ink hover:bg-hover',
  quiet: 'text-ink hover:bg-hover',
  danger: 'bg-danger text-on-danger hover:opacity-90',
  onPicture: 'bg-scrim text-on-scrim hover:bg-scrim',
}

const base =
  'inline-flex shrink-0 select-none items-center justify-center gap-2 whitespace-nowrap rounded-lg text-sm font-medium transition-colors disabled:pointer-events-none disabled:opacity-50'

/** Classes of a button, for links too. `icon` makes it square. */
export const buttonClass = (look: Look = 'secondary', icon = false) =>
  `${base} ${looks[look]} h-11 md:h-9 ${icon ? 'w-11 md:w-9' : 'px-4 md:px-3.5'}`

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look
  busy?: boolean
  /** what it does needs the pod: not to be had while the line is cut */
  needsPod?: boolean
}

export function Button({
  look,
  busy = false,
  needsPod = false,
  className = '',
  type = 'button',
  disabled,
  ...rest
}: ButtonProps) {
  const cut = useNeedsPod(needsPod)
  return (
    <button
      type={type}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      className={`${buttonClass(look)} ${className}`}
      {...rest}
      {...cut}
    />
  )
}

interface IconButtonProps extends Omit<ButtonProps, 'children'> {
  /** said by screen readers and shown as a tooltip */
  label: string
  children: ReactNode
}

export function IconButton({
  label,
  look = 'quiet',
  busy = false,
  needsPod = false,
  className = '',
  children,
  ...rest
}: IconButtonProps) {
  const cut = useNeedsPod(needsPod)
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      disabled={busy}
      className={`${buttonClass(look, true)} ${className}`}
      {...rest}
      {...cut}
    >
      {children}
    </button>
  )
}
