'use client'
/**
 * @file Which rows of the page-long grid are drawn, and that what one looks at stays where it is, whatever arrives, goes or is
 * laid out anew above it. Where the page stands is noted when it scrolls and never asked for while rows are drawn: that
 * would lay the page out twice in every frame.
 */
import { type RefCallback, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { GalleryRow } from '../jobs/rows.ts'
import { covers, rowAt, type Span, spanBetween, startsOf } from './row-span.ts'

/** How far beyond the screen rows are drawn, and how near its end may come before more are; pixels. */
const ahead = 600
const nearest = 300

interface RowWindow {
  span: Span
  /** where each row begins, from the first one; behind them the height of all */
  starts: Float64Array
  /** takes part in measuring: for rows whose height is an estimate, by their `data-index` */
  measure: RefCallback<HTMLElement>
  goTo: (row: number) => void
  /** the page was scrolled by code: where it stands now */
  look: () => void
}

/** The tile that has the focus, and the row it is in by now. */
interface Focus {
  key: string
  row: number
}

/** @param top - where the first row begins on the page, in pixels */
export function useRowWindow(rows: readonly GalleryRow[], top: number, focus: Focus | null): RowWindow {
  const [view, setView] = useState(() => ({ scroll: scrollY, height: innerHeight }))
  const [measured, setMeasured] = useState<ReadonlyMap<string, number>>(new Map())
  const starts = useMemo(() => startsOf(rows, measured), [rows, measured])
  const span = spanBetween(starts, view.scroll - top - ahead, view.scroll - top + view.height + ahead)
  const now = useRef({ rows, starts, top, span, measured, focus })
  /** Where the page stood when that was last known for certain. */
  const stood = useRef(view.scroll)

  const look = useCallback(() => {
    const { starts, top, span } = now.current
    stood.current = scrollY
    const wanted = spanBetween(starts, scrollY - top - nearest, scrollY - top + innerHeight + nearest)
    if (!covers(span, wanted)) setView({ scroll: scrollY, height: innerHeight })
  }, [])
  useEffect(() => {
    addEventListener('scroll', look, { passive: true })
    addEventListener('resize', look)
    return () => {
      removeEventListener('scroll', look)
      removeEventListener('resize', look)
    }
  }, [look])

  useLayoutEffect(() => {
    const before = now.current
    now.current = { rows, starts, top, span, measured, focus }
    if (before.starts === starts) {
      if (before.top !== top) look()
      return
    }
    const to = placeOf(before, now.current, stood.current)
    if (to !== null && Math.abs(to - stood.current) > 1) scrollTo(0, to)
    look()
  })

  const observer = useRef<ResizeObserver | null>(null)
  const measure = useCallback((element: HTMLElement | null) => {
    if (element === null) return
    observer.current ??= new ResizeObserver((entries) => {
      const found = entries.flatMap(({ target, borderBoxSize }) => {
        const row = now.current.rows[Number((target as HTMLElement).dataset.index)]
        const height = borderBoxSize[0]?.blockSize ?? 0
        if (row === undefined || height === 0) return []
        const known = now.current.measured.get(row.key) ?? row.height
        return Math.abs(known - height) < 0.5 ? [] : [[row.key, height] as const]
      })
      if (found.length > 0) setMeasured((before) => new Map([...before, ...found]))
    })
    const watching = observer.current
    watching.observe(element)
    return () => watching.unobserve(element)
  }, [])

  const goTo = useCallback(
    (row: number) => {
      const { starts, top } = now.current
      scrollTo(0, top + (starts[row] ?? 0))
      look()
    },
    [look],
  )
  return { span, starts, measure, goTo, look }
}

interface Placed {
  rows: readonly GalleryRow[]
  starts: Float64Array
  top: number
  focus: Focus | null
}

/**
 * Where the page has to stand so that what one looks at stays where it is: the row of the focus if it is on the screen, or
 * else the row at the upper edge. Rows are known again by their key, or by their files, as they are made anew when those
 * change.
 * @returns pixels; null at the top of the page, where news may push down what is there, and when nothing is known again
 */
function placeOf(before: Placed, after: Placed, scroll: number): number | null {
  if (scroll <= before.top) return null
  const place = (from: number, to: number) =>
    after.top + after.starts[to]! + (scroll - before.top - before.starts[from]!)
  if (before.focus !== null && before.focus.key === after.focus?.key) {
    const down = before.top + before.starts[before.focus.row]! - scroll
    if (down >= 0 && down < innerHeight) return place(before.focus.row, after.focus.row)
  }
  const first = rowAt(before.starts, scroll - before.top)
  for (let at = Math.max(0, first); at < Math.min(before.rows.length, first + tries); at++) {
    const row = findAgain(before.rows[at]!, after.rows, at)
    if (row >= 0) return place(at, row)
  }
  return null
}

const tries = 12

function findAgain(row: GalleryRow, rows: readonly GalleryRow[], at: number): number {
  if (rows[at]?.key === row.key) return at
  const same = rows.findIndex(({ key }) => key === row.key)
  if (same >= 0 || row.type !== 'tiles') return same
  const files = new Set(row.boxes.map(({ item }) => item.key))
  return rows.findIndex((other) => other.type === 'tiles' && other.boxes.some(({ item }) => files.has(item.key)))
}
