'use client'
/**
 * @file Wheel, drag, pinch and double click on a stage of one pane, or of two that move together. Swipes at the fitted
 * size and taps are the caller's.
 */
import {
  type PointerEvent,
  type MouseEvent as ReactMouseEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { fitBox, fitted, kept, type Point, type Size, toggled, type View, zoomAt } from './zoom.ts'

interface ZoomOptions {
  /** the picture's own size, or null while it is not known */
  picture: Size | null
  /** how the stage is divided into panes of the same size; every pane shows the same view */
  panes?: { columns: number; rows: number }
  onSwipe?: (direction: -1 | 1) => void
  /** a click that was no drag; shares of the stage's width and height */
  onTap?: (at: Point) => void
}

const onePane = { columns: 1, rows: 1 }
/** A pointer that moved less has clicked. */
const tapPixels = 6
const swipePixels = 60

export function useZoom({ picture, panes = onePane, onSwipe, onTap }: ZoomOptions) {
  const stageRef = useRef<HTMLDivElement>(null)
  const [whole, setWhole] = useState<Size>({ width: 0, height: 0 })
  const [view, setView] = useState<View>(fitted)
  const pointers = useRef(new Map<number, Point>())
  const gesture = useRef<{ from: Point; swipes: boolean; moved: boolean } | null>(null)

  useLayoutEffect(() => {
    if (stageRef.current === null) return
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWhole({ width: entry.contentRect.width, height: entry.contentRect.height })
    })
    observer.observe(stageRef.current)
    return () => observer.disconnect()
  }, [])

  const { columns, rows } = panes
  const stage = useMemo(
    () => ({ width: whole.width / columns, height: whole.height / rows }),
    [whole.width, whole.height, columns, rows],
  )
  const box = picture !== null && stage.width > 0 ? fitBox(picture, stage) : null
  const actual = box !== null && picture !== null ? picture.width / box.width / devicePixelRatio : 1
  const limits = { min: actual, max: Math.max(4, actual * 8) }

  const change = (next: (view: View) => View) => {
    if (box !== null) setView((before) => kept(next(before), box, stage))
  }
  const zoomBy = (factor: number, point: Point = { x: 0, y: 0 }) =>
    change((before) => zoomAt(before, factor, point, limits))
  const zoomTo = (scale: number, point: Point = { x: 0, y: 0 }) =>
    change((before) => zoomAt(before, scale / before.scale, point, limits))

  /** From the middle of the pane the pointer is over. */
  const fromMiddle = (event: { clientX: number; clientY: number }): Point => {
    const area = stageRef.current?.getBoundingClientRect()
    if (area === undefined) return { x: 0, y: 0 }
    const within = (at: number, size: number) => (((at % size) + size) % size) - size / 2
    return {
      x: within(event.clientX - area.left, area.width / columns),
      y: within(event.clientY - area.top, area.height / rows),
    }
  }

  // React listens to wheel passively; the page must not scroll here.
  const onWheel = useRef((_: WheelEvent) => {})
  onWheel.current = (event) => {
    event.preventDefault()
    zoomBy(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0018)), fromMiddle(event))
  }
  useEffect(() => {
    const element = stageRef.current
    const listen = (event: WheelEvent) => onWheel.current(event)
    element?.addEventListener('wheel', listen, { passive: false })
    return () => element?.removeEventListener('wheel', listen)
  }, [])

  const at = (event: { clientX: number; clientY: number }): Point => ({ x: event.clientX, y: event.clientY })
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0 || (event.target as HTMLElement).closest('button, input, select, [role=slider]') !== null)
      return
    event.currentTarget.setPointerCapture(event.pointerId)
    pointers.current.set(event.pointerId, at(event))
    const first = pointers.current.size === 1
    gesture.current = first ? { from: at(event), swipes: view.scale <= 1, moved: false } : null
  }
  const onPointerMove = (event: PointerEvent) => {
    const before = pointers.current.get(event.pointerId)
    if (before === undefined) return
    const now = at(event)
    pointers.current.set(event.pointerId, now)
    const begun = gesture.current
    if (begun && distance(begun.from, now) > tapPixels) begun.moved = true
    if (pointers.current.size === 1) {
      change((old) => ({ ...old, x: old.x + now.x - before.x, y: old.y + now.y - before.y }))
      return
    }
    const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1]
    if (other === undefined) return
    const middle = fromMiddle({ clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 })
    zoomBy(distance(now, other) / Math.max(1, distance(before, other)), middle)
  }
  const onPointerUp = (event: PointerEvent) => {
    pointers.current.delete(event.pointerId)
    const begun = gesture.current
    gesture.current = null
    if (begun === null || event.type !== 'pointerup') return
    const across = event.clientX - begun.from.x
    const area = stageRef.current?.getBoundingClientRect()
    if (!begun.moved && area) {
      onTap?.({ x: (event.clientX - area.left) / area.width, y: (event.clientY - area.top) / area.height })
    } else if (
      begun.swipes &&
      Math.abs(across) > swipePixels &&
      Math.abs(event.clientY - begun.from.y) < Math.abs(across) / 2
    ) {
      onSwipe?.(across < 0 ? 1 : -1)
    }
  }

  return {
    stageRef,
    /** of one pane */
    stage,
    box,
    view,
    /** scale at which one picture pixel is one screen pixel */
    actual,
    zoomBy,
    zoomTo,
    /** between the fitted picture and one to one */
    toggle: (point?: Point) => zoomTo(toggled(view.scale, actual), point),
    reset: useCallback(() => setView(fitted), []),
    handlers: {
      onPointerDown,
      onPointerMove,
      onPointerUp,
      onPointerCancel: onPointerUp,
      onDoubleClick: (event: ReactMouseEvent) => {
        if ((event.target as HTMLElement).closest('button, input, select, [role=slider]') !== null) return
        zoomTo(toggled(view.scale, actual), fromMiddle(event))
      },
    },
  }
}

export type Zoom = ReturnType<typeof useZoom>

const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y)
