'use client'
/** @file A menu on the browser's own popover: closes on Escape and outside clicks, arrows move, focus returns. */
import { type KeyboardEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import { buttonClass } from './button.tsx'
import { useNeedsPod } from './needs-pod.ts'

export interface MenuItem {
  label: string
  icon?: ReactNode
  /** a second line: a size, a count */
  hint?: string
  danger?: boolean
  disabled?: boolean
  /** what it does needs the pod: not to be had while the line is cut */
  needsPod?: boolean
  onSelect: () => void
}

interface MenuProps {
  label: string
  items: readonly MenuItem[]
  children: ReactNode
  className?: string
  /** show the label beside the icon */
  withText?: boolean
  /** it came because it was asked for: opens by itself */
  openAtOnce?: boolean
}

export function Menu({ label, items, children, className, withText = false, openAtOnce = false }: MenuProps) {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const popover = useRef<HTMLDivElement>(null)
  const cut = useNeedsPod()

  // A gallery has dozens of menus: the items exist only while theirs is open.
  const [open, setOpen] = useState(false)

  useLayoutEffect(() => {
    if (!open) return
    const anchor = button.current?.getBoundingClientRect()
    const box = popover.current
    if (anchor === undefined || box === null) return
    const { offsetWidth: width, offsetHeight: height } = box
    const below = anchor.bottom + 6 + height <= innerHeight - 8
    box.style.top = `${below ? anchor.bottom + 6 : Math.max(8, anchor.top - 6 - height)}px`
    box.style.left = `${Math.max(8, Math.min(anchor.right - width, innerWidth - width - 8))}px`
    box.querySelector<HTMLElement>('[role=menuitem]:not(:disabled)')?.focus()
  }, [open])

  useEffect(() => {
    if (!openAtOnce) return
    // By the button, so that the focus returns to it.
    button.current?.focus()
    button.current?.click()
  }, [openAtOnce])

  const move = (event: KeyboardEvent) => {
    event.stopPropagation()
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const all = [...(popover.current?.querySelectorAll<HTMLElement>('[role=menuitem]:not(:disabled)') ?? [])]
    const at = all.indexOf(document.activeElement as HTMLElement)
    all[(at + step + all.length) % all.length]?.focus()
  }

  return (
    <>
      <button
        ref={button}
        type="button"
        popoverTarget={id}
        aria-haspopup="menu"
        aria-label={withText ? undefined : label}
        title={label}
        className={className ?? buttonClass(withText ? 'secondary' : 'quiet', !withText)}
      >
        {children}
        {withText && label}
      </button>
      <div
        ref={popover}
        id={id}
        popover="auto"
        role="menu"
        aria-label={label}
        onToggle={(event) => setOpen(event.newState === 'open')}
        onKeyDown={move}
        className="min-w-52 rounded-xl border border-line bg-surface p-1.5 text-ink shadow-float"
      >
        {(open ? items : []).map((item) => (
          <button
            key={item.label}
            type="button"
            role="menuitem"
            tabIndex={-1}
            disabled={item.disabled}
            onClick={() => {
              popover.current?.hidePopover()
              item.onSelect()
            }}
            className={`flex min-h-11 w-full items-center gap-3 rounded-lg px-3 text-left text-sm hover:bg-hover focus-visible:bg-hover focus-visible:outline-offset-[-2px] disabled:opacity-50 md:min-h-9 ${item.danger ? 'text-danger' : ''}`}
            {...(item.needsPod && cut)}
          >
            {item.icon}
            <span className="grow">{item.label}</span>
            {item.hint && <span className="text-xs text-muted tabular-nums">{item.hint}</span>}
          </button>
        ))}
      </div>
    </>
  )
}
