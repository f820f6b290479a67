'use client'
/**
 * @file Stops a job from the strip of a phone, within the thumb's reach: held for half a second, as the strip is also
 * scrolled over and tapped. Keys and screen readers press it as any button; a short tap says what to do.
 */
import { CircleStop } from 'lucide-react'
import { type MouseEvent, useEffect, useRef, useState } from 'react'
import { notify } from '../../_client/notify.ts'
import { useNeedsPod } from '../ui/needs-pod.ts'

/** Milliseconds. */
const hold = 500

interface HoldToCancelProps {
  label: string
  busy: boolean
  onCancel: () => void
}

export function HoldToCancel({ label, busy, onCancel }: HoldToCancelProps) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const held = useRef(false)
  const cut = useNeedsPod()
  const [holding, setHolding] = useState(false)
  const letGo = () => {
    clearTimeout(timer.current)
    setHolding(false)
  }
  useEffect(() => () => clearTimeout(timer.current), [])

  const onPointerDown = () => {
    if (cut) return
    held.current = false
    setHolding(true)
    timer.current = setTimeout(() => {
      held.current = true
      setHolding(false)
      onCancel()
    }, hold)
  }
  const onClick = (event: MouseEvent) => {
    if (held.current) {
      held.current = false
      return
    }
    // A press without a pointer: Enter, or a screen reader.
    if (event.detail === 0) onCancel()
    else notify.plain('Hold the button to cancel the run')
  }
  return (
    <button
      type="button"
      aria-label={label}
      disabled={busy}
      onPointerDown={onPointerDown}
      onPointerUp={letGo}
      onPointerLeave={letGo}
      onPointerCancel={letGo}
      onClick={onClick}
      // A long press is not a wish for a menu.
      onContextMenu={(event) => event.preventDefault()}
      className={`grid h-full w-12 shrink-0 touch-none select-none place-items-center border-l border-line transition-colors duration-500 disabled:opacity-50 ${holding ? 'bg-danger text-on-danger' : 'text-ink'}`}
      {...cut}
    >
      <CircleStop size={20} aria-hidden />
    </button>
  )
}
