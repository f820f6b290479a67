/**
 * @file Lays pictures into rows of equal height that keep every picture's shape and fill the width.
 * Pure geometry in CSS pixels; what the boxes show is not known here.
 */

export interface Box<T> {
  item: T
  left: number
  width: number
}

export interface JustifiedRow<T> {
  height: number
  boxes: Box<T>[]
}

export interface JustifyOptions {
  /** to fill, in pixels */
  width: number
  /** wished height of a row */
  rowHeight: number
  gap: number
  /** at least this many in a full row, so that one wide picture does not become a wall */
  minPerRow?: number
  /** a row is left unfilled rather than made lower than this, in pixels */
  lowest?: number
  /** shapes beyond this ratio are shown in a box of it */
  widest?: number
}

/** A panorama or a thin strip would starve its neighbours: beyond these it is shown whole in a box of this shape. */
const narrowest = 0.5
const widestShape = 2.6

/** Rows from first to last. The last one keeps the wished height: stretched, one picture would fill the screen. */
export function justify<T>(
  items: readonly T[],
  ratioOf: (item: T) => number,
  { width, rowHeight, gap, minPerRow = 2, lowest = 0, widest = widestShape }: JustifyOptions,
): JustifiedRow<T>[] {
  if (width <= 0) return []
  const rows: JustifiedRow<T>[] = []
  let pending: { item: T; ratio: number }[] = []
  let ratios = 0
  for (const item of items) {
    const ratio = Math.min(widest, Math.max(narrowest, ratioOf(item)))
    if (pending.length > 0 && (width - gap * pending.length) / (ratios + ratio) < lowest) {
      rows.push(place(pending, rowHeight, gap, null))
      pending = []
      ratios = 0
    }
    pending.push({ item, ratio })
    ratios += ratio
    const height = (width - gap * (pending.length - 1)) / ratios
    if (height > rowHeight || (pending.length < minPerRow && height > rowHeight / 2)) continue
    rows.push(place(pending, Math.floor(height), gap, width))
    pending = []
    ratios = 0
  }
  if (pending.length > 0) {
    const height = Math.min(rowHeight, (width - gap * (pending.length - 1)) / ratios)
    rows.push(place(pending, Math.floor(height), gap, null))
  }
  return rows
}

/** @param fill - the last box ends exactly there, whatever rounding left over */
function place<T>(items: { item: T; ratio: number }[], height: number, gap: number, fill: number | null) {
  let left = 0
  const boxes = items.map(({ item, ratio }, index) => {
    const natural = Math.floor(ratio * height)
    const width = fill !== null && index === items.length - 1 ? fill - left : natural
    const box = { item, left, width }
    left += width + gap
    return box
  })
  return { height, boxes }
}
