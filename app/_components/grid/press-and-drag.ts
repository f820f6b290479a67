/**
 * @file Selecting with a finger: press and hold a tile, then drag over others. A short touch still scrolls or opens. Loaded
 * only where there are fingers.
 */
import type { SelectionStore } from '../../_client/state/selection.ts'
import type { RowIndex } from './index-of-rows.ts'

/** Milliseconds until a touch is a press, and how far it may wander meanwhile (pixels). */
const holdTime = 420
const holdSlack = 10
/** How near the finger is to the bars above or below when the page scrolls under it, and how fast; pixels, and per frame. */
const edge = 60
const fastest = 14

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
  let finger = { x: 0, y: 0 }
  let frame = 0
  /** Keys that this drag has selected: they go again when the finger comes back. */
  let added = new Set<string>()

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
    added = new Set()
    navigator.vibrate?.(10)
    selection.getState().toggle(item)
  }
  const drag = () => {
    const { upper, lower } = clearOfBars()
    // Over a bar it means what the bar lies next to.
    const item = itemAt(finger.x, Math.max(upper, Math.min(lower, finger.y)))
    if (!item || item.key === over) return
    over = item.key
    const items = index.current?.items ?? []
    const state = selection.getState()
    const placeOf = (key: string | null) => items.findIndex((other) => other.key === key)
    const [from, to] = [placeOf(state.anchor), placeOf(item.key)].toSorted((a, b) => a - b)
    const range = new Set(items.slice(Math.max(0, from!), to! + 1).map(({ key }) => key))
    const left = [...added].filter((key) => !range.has(key))
    if (left.length > 0) state.remove(left)
    for (const key of range) if (!state.items.has(key)) added.add(key)
    state.extend(item, items)
  }
  /** While the finger rests at an edge the page goes on by itself. */
  const scroll = () => {
    const { upper, lower } = clearOfBars()
    const beyond = Math.min(0, finger.y - upper - edge) + Math.max(0, finger.y - lower + edge)
    if (beyond !== 0) {
      scrollBy(0, Math.max(-1, Math.min(1, beyond / edge)) * fastest)
      drag()
    }
    frame = requestAnimationFrame(scroll)
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
    finger = { x: touch.clientX, y: touch.clientY }
    if (frame === 0) frame = requestAnimationFrame(scroll)
    drag()
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
    cancelAnimationFrame(frame)
    frame = 0
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

/** Between which heights of the screen nothing lies over the page: what is focused is scrolled to there as well. */
function clearOfBars(): { upper: number; lower: number } {
  const { scrollPaddingTop, scrollPaddingBottom } = getComputedStyle(document.documentElement)
  const px = (length: string) => Number.parseFloat(length) || 0
  return { upper: px(scrollPaddingTop), lower: innerHeight - px(scrollPaddingBottom) - 1 }
}
