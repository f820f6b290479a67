'use client'
/** @file Wheel, drag, pinch and double click on the stage. Swipes at the fitted size are the caller's: next and previous. */
import { type PointerEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { fitBox, fitted, kept, type Size, type View, zoomAt } from './zoom.ts'

interface ZoomOptions {
  /** the picture's own size, or null while it is not known */
  picture: Size | null
  onSwipe: (direction: -1 | 1) => void
}

export function useZoom({ picture, onSwipe }: ZoomOptions) {
  const stageRef = useRef<HTMLDivElement>(null)
  const [stage, setStage] = useState<Size>({ width: 0, height: 0 })
  const [view, setView] = useState<View>(fitted)
  const pointers = useRef(new Map<number, { x: number; y: number }>())
  const swipe = useRef<{ x: number; y: number } | null>(null)

  useLayoutEffect(() => {
    if (stageRef.current === null) return
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setStage({ width: entry.contentRect.width, height: entry.contentRect.height })
    })
    observer.observe(stageRef.current)
    return () => observer.disconnect()
  }, [])

  const box = picture !== null && stage.width > 0 ? fitBox(picture, stage) : null
  const actual = box !== null && picture !== null ? picture.width / box.width / devicePixelRatio : 1
  const max = Math.max(4, actual * 4)

  const change = useCallback(
    (next: (view: View) => View) => {
      if (box === null) return
      setView((before) => kept(next(before), box, stage))
    },
    [box, stage],
  )
  const zoomBy = useCallback(
    (factor: number, point = { x: 0, y: 0 }) => change((before) => zoomAt(before, factor, point, max)),
    [change, max],
  )
  const zoomTo = useCallback(
    (scale: number, point = { x: 0, y: 0 }) => change((before) => zoomAt(before, scale / before.scale, point, max)),
    [change, max],
  )

  const fromMiddle = useCallback((event: { clientX: number; clientY: number }) => {
    const area = stageRef.current?.getBoundingClientRect()
    if (area === undefined) return { x: 0, y: 0 }
    return { x: event.clientX - area.left - area.width / 2, y: event.clientY - area.top - area.height / 2 }
  }, [])

  // React listens to wheel passively; the page must not scroll here.
  useEffect(() => {
    const element = stageRef.current
    if (element === null) return
    const onWheel = (event: WheelEvent) => {
      event.preventDefault()
      zoomBy(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0018)), fromMiddle(event))
    }
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [zoomBy, fromMiddle])

  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0 || (event.target as HTMLElement).closest('button, video') !== null) return
    event.currentTarget.setPointerCapture(event.pointerId)
    pointers.current.set(event.pointerId, fromMiddle(event))
    swipe.current = pointers.current.size === 1 && view.scale === 1 ? fromMiddle(event) : null
  }
  const onPointerMove = (event: PointerEvent) => {
    const before = pointers.current.get(event.pointerId)
    if (before === undefined) return
    const now = fromMiddle(event)
    pointers.current.set(event.pointerId, now)
    if (pointers.current.size === 1) {
      change((old) => ({ ...old, x: old.x + now.x - before.x, y: old.y + now.y - before.y }))
      return
    }
    swipe.current = null
    const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1]
    if (other === undefined) return
    const spread = (point: { x: number; y: number }) => Math.hypot(point.x - other.x, point.y - other.y)
    zoomBy(spread(now) / Math.max(1, spread(before)), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 })
  }
  const onPointerUp = (event: PointerEvent) => {
    pointers.current.delete(event.pointerId)
    const start = swipe.current
    swipe.current = null
    if (start === null) return
    const end = fromMiddle(event)
    const across = end.x - start.x
    if (event.type === 'pointerup' && Math.abs(across) > 60 && Math.abs(end.y - start.y) < Math.abs(across) / 2) {
      onSwipe(across < 0 ? 1 : -1)
    }
  }

  return {
    stageRef,
    box,
    view,
    /** scale at which one picture pixel is one screen pixel */
    actual,
    zoomBy,
    zoomTo,
    reset: useCallback(() => setView(fitted), []),
    handlers: {
      onPointerDown,
      onPointerMove,
      onPointerUp,
      onPointerCancel: onPointerUp,
      onDoubleClick: (event: { clientX: number; clientY: number }) =>
        zoomTo(view.scale > 1 ? 1 : Math.max(actual, 2), fromMiddle(event)),
    },
  }
}
