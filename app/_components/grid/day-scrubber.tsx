'use client'
/**
 * @file The days along the right edge: drag, click or arrow keys jump to a day, `w` anywhere on the page a week; "Back" or
 * `b` returns to the very place one came from. Stands for the whole list, as the scrollbar does.
 */
import { Undo2 } from 'lucide-react'
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react'
import { formatDay, formatMonth } from '../../_client/format/time.ts'
import { usePreferences } from '../../_client/studio.tsx'
import { Button } from '../ui/button.tsx'
import type { Day } from './index-of-rows.ts'

/** Entries of the list of days, which holds those with files. */
const week = 7

/** Where one came from. */
interface Origin {
  day: string
  /** pixels from the beginning of that day */
  into: number
  /** pixels from the top of the page */
  stood: number
}

interface DayScrubberProps {
  days: readonly Day[]
  /** of all rows, in pixels */
  height: number
  /** where the first row begins on the page */
  top: number
  onJump: (row: number) => void
}

export function DayScrubber({ days, height, top, onJump }: DayScrubberProps) {
  const months = useMemo(() => monthsOf(days), [days])
  const [now, setNow] = useState(0)
  const [dragging, setDragging] = useState(false)
  const [origin, setOrigin] = useState<Origin | null>(null)
  const track = useRef<HTMLDivElement>(null)
  useEffect(() => {
    let frame = 0
    const look = () => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => setNow(dayAt(days, scrollY - top + 1)))
    }
    look()
    addEventListener('scroll', look, { passive: true })
    return () => {
      cancelAnimationFrame(frame)
      removeEventListener('scroll', look)
    }
  }, [days, top])

  const jump = (day: number) => {
    const to = Math.max(0, Math.min(days.length - 1, day))
    if (origin === null) {
      const from = days[dayAt(days, scrollY - top + 1)]!
      setOrigin({ day: formatDay(from.at), into: scrollY - top - from.offset, stood: scrollY })
    }
    onJump(days[to]!.row)
  }
  const back = () => {
    if (origin === null) return
    // News may have come above it meanwhile.
    const day = days.find(({ at }) => formatDay(at) === origin.day)
    scrollTo({ top: day === undefined ? origin.stood : top + day.offset + origin.into })
    setOrigin(null)
  }
  useWeekKeys({ further: () => jump(now + week), nearer: () => jump(now - week), back })
  const byPointer = (event: PointerEvent) => {
    const box = track.current!.getBoundingClientRect()
    const share = Math.max(0, Math.min(1, (event.clientY - box.top) / box.height))
    jump(dayAt(days, share * height))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ...{ ArrowDown: now + 1, ArrowRight: now + 1, ArrowUp: now - 1, ArrowLeft: now - 1 },
      ...{ PageDown: now + week, PageUp: now - week, Home: 0, End: days.length - 1 },
    }
    const to = steps[event.key]
    if (event.key === 'Escape') back()
    else if (to !== undefined) jump(to)
    else return
    event.preventDefault()
  }
  const share = (offset: number) => `${Math.min(100, (offset / height) * 100)}%`
  const day = days[Math.min(now, days.length - 1)]!

  return (
    <>
      <div
        ref={track}
        role="slider"
        tabIndex={0}
        aria-label="Day"
        aria-orientation="vertical"
        aria-valuemin={0}
        aria-valuemax={days.length - 1}
        aria-valuenow={now}
        aria-valuetext={formatDay(day.at)}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          setDragging(true)
          byPointer(event)
        }}
        onPointerMove={(event) => dragging && byPointer(event)}
        onPointerUp={() => setDragging(false)}
        onPointerCancel={() => setDragging(false)}
        className="group/days fixed top-28 right-(--panel) bottom-[calc(var(--foot)+5.5rem)] z-10 w-6 cursor-pointer touch-none md:w-7"
      >
        <span className="absolute inset-y-0 right-2 w-0.5 rounded-full bg-line" />
        {months.map(({ offset, name }) => (
          <span
            key={`${name} ${offset}`}
            aria-hidden
            className="absolute right-0 h-0.5 w-3 bg-line-strong"
            style={{ top: share(offset) }}
          >
            <span className="invisible absolute top-1/2 right-4 -translate-y-1/2 rounded-md bg-surface px-1.5 text-xs whitespace-nowrap text-muted shadow-float group-hover/days:visible">
              {name}
            </span>
          </span>
        ))}
        <span
          className="absolute right-1 h-5 w-2 -translate-y-1/2 rounded-full bg-line-strong"
          style={{ top: share(day.offset) }}
        >
          <span
            aria-hidden
            className={`absolute top-1/2 right-5 -translate-y-1/2 rounded-lg border border-line bg-surface px-2.5 py-1 text-sm font-medium whitespace-nowrap shadow-float ${dragging ? '' : 'invisible group-hover/days:visible group-focus-visible/days:visible'}`}
          >
            {formatDay(day.at)}
          </span>
        </span>
      </div>
      {origin !== null && (
        <Button
          onClick={back}
          className="fixed right-[calc(var(--panel)+2.5rem)] bottom-[calc(var(--foot)+5.5rem)] z-20 rounded-full! shadow-float"
        >
          <Undo2 size={16} aria-hidden />
          Back to where you were
        </Button>
      )}
    </>
  )
}

/** `w`, `Shift + W` and `b`, wherever nothing is typed. Letters can be turned off. */
function useWeekKeys(actions: Record<'further' | 'nearer' | 'back', () => void>) {
  const on = usePreferences((state) => state.shortcuts)
  const latest = useRef(actions)
  latest.current = actions
  useEffect(() => {
    if (!on) return
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || document.getElementById('studio')?.inert) return
      if (event.target instanceof Element && event.target.closest('input, textarea, select, dialog')) return
      if (event.key === 'w') latest.current.further()
      else if (event.key === 'W') latest.current.nearer()
      else if (event.key === 'b') latest.current.back()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [on])
}

/** The day whose rows are at this height: the last that begins at or above it. */
function dayAt(days: readonly Day[], offset: number): number {
  const after = days.findIndex((day) => day.offset > offset)
  return after < 0 ? days.length - 1 : Math.max(0, after - 1)
}

function monthsOf(days: readonly Day[]): { name: string; offset: number }[] {
  const months: { name: string; offset: number }[] = []
  for (const { at, offset } of days) {
    const name = formatMonth(at)
    if (months.at(-1)?.name !== name) months.push({ name, offset })
  }
  return months
}
