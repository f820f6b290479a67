/**
 * @file Selecting with a finger: press and hold a tile, then drag over others. A short touch still scrolls or opens. Loaded
 * only where there are fingers.
 */
import type { SelectionStore } from '../../_client/state/selection.ts'
import type { RowIndex } from './index-of-rows.ts'

/** Milliseconds until a touch is a press, and how far it may wander meanwhile (pixels). */
const holdTime = 420
const holdSlack = 10

/** @returns takes it off again */
export function attachPressAndDrag(
  element: HTMLElement,
  index: { current: RowIndex | null },
  selection: SelectionStore,
) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let start: Touch | undefined
  let dragging = false
  let over = ''

  const itemAt = (x: number, y: number) => {
    const key = document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-tile]')?.dataset.tile
    const place = key === undefined ? undefined : index.current?.places.get(key)
    return place && index.current?.items[place.item]
  }
  const press = () => {
    const item = start && itemAt(start.clientX, start.clientY)
    if (!item) return
    dragging = true
    over = item.key
    navigator.vibrate?.(10)
    selection.getState().toggle(item)
  }
  const onStart = (event: TouchEvent) => {
    end()
    if (event.touches.length !== 1) return
    start = event.touches[0]
    timer = setTimeout(press, holdTime)
  }
  const onMove = (event: TouchEvent) => {
    const touch = event.touches[0]
    if (!touch || !start) return
    if (!dragging) {
      if (Math.hypot(touch.clientX - start.clientX, touch.clientY - start.clientY) > holdSlack) clearTimeout(timer)
      return
    }
    event.preventDefault()
    const item = itemAt(touch.clientX, touch.clientY)
    if (!item || item.key === over) return
    over = item.key
    selection.getState().extend(item, index.current?.items ?? [])
  }
  const onEnd = (event: TouchEvent) => {
    // The click that would follow a press is not one.
    if (dragging) event.preventDefault()
    end()
  }
  const onMenu = (event: Event) => {
    if (start !== undefined) event.preventDefault()
  }
  const end = () => {
    clearTimeout(timer)
    dragging = false
    start = undefined
  }
  element.addEventListener('touchstart', onStart, { passive: true })
  element.addEventListener('touchmove', onMove, { passive: false })
  element.addEventListener('touchend', onEnd, { passive: false })
  element.addEventListener('touchcancel', end)
  element.addEventListener('contextmenu', onMenu)
  return () => {
    end()
    element.removeEventListener('touchstart', onStart)
    element.removeEventListener('touchmove', onMove)
    element.removeEventListener('touchend', onEnd)
    element.removeEventListener('touchcancel', end)
    element.removeEventListener('contextmenu', onMenu)
  }
}
