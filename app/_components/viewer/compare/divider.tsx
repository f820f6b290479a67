'use client'
/** @file The line between A and B: dragged, moved by arrow keys, or set by a click on the stage. */
import { ChevronsLeftRight } from 'lucide-react'
import { type KeyboardEvent, type PointerEvent, useRef } from 'react'

interface DividerProps {
  /** share of the width that shows A, 0 to 1 */
  at: number
  onMove: (at: number) => void
}

const clamp = (at: number) => Math.min(1, Math.max(0, at))

export function Divider({ at, onMove }: DividerProps) {
  const dragging = useRef(false)
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.shiftKey ? 0.1 : 0.02
    const to = { ArrowLeft: at - by, ArrowDown: at - by, ArrowRight: at + by, ArrowUp: at + by, Home: 0, End: 1 }[
      event.key
    ]
    if (to === undefined) return
    event.preventDefault()
    // The arrows of the viewer go to the next picture.
    event.stopPropagation()
    onMove(clamp(to))
  }
  const drag = (event: PointerEvent<HTMLElement>) => {
    const area = event.currentTarget.parentElement?.getBoundingClientRect()
    if (dragging.current && area) onMove(clamp((event.clientX - area.left) / area.width))
  }
  const percent = Math.round(at * 100)
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label="Line between A and B"
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={`${percent} per cent A`}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.stopPropagation()
        dragging.current = true
        event.currentTarget.setPointerCapture(event.pointerId)
      }}
      onPointerMove={drag}
      onPointerUp={() => {
        dragging.current = false
      }}
      onPointerCancel={() => {
        dragging.current = false
      }}
      style={{ left: `clamp(1.375rem, ${percent}%, calc(100% - 1.375rem))` }}
      className="absolute inset-y-0 z-10 grid w-11 -translate-x-1/2 cursor-ew-resize touch-none place-items-center focus-visible:outline-none [&:focus-visible>.grip]:outline-2 [&:focus-visible>.grip]:outline-accent"
    >
      <span className="absolute inset-y-0 left-1/2 w-0.5 -translate-x-1/2 bg-on-scrim shadow-[0_0_0_1px_oklch(0_0_0/0.6)]" />
      <span className="grip relative grid size-10 place-items-center rounded-full border-2 border-on-scrim bg-scrim text-on-scrim outline-offset-2">
        <ChevronsLeftRight size={18} aria-hidden />
      </span>
    </div>
  )
}
