/** @file Where the rows of a long list begin, and which of them stand near the screen. Pure geometry in CSS pixels. */

interface Row {
  key: string
  /** as estimated, in pixels */
  height: number
}

/** First and last row, both included; `to < from` for none. */
export interface Span {
  from: number
  to: number
}

/**
 * @param measured - heights by key, where a row was found to have another than estimated
 * @returns where each row begins, and behind them the height of all: one entry more than there are rows
 */
export function startsOf(rows: readonly Row[], measured: ReadonlyMap<string, number>): Float64Array {
  const starts = new Float64Array(rows.length + 1)
  let at = 0
  for (const [index, { key, height }] of rows.entries()) {
    at += (measured.size > 0 ? measured.get(key) : undefined) ?? height
    starts[index + 1] = at
  }
  return starts
}

/** The row that covers `offset`: the first one above all, the last one below; -1 without rows. */
export function rowAt(starts: Float64Array, offset: number): number {
  const count = starts.length - 1
  let low = 0
  let high = count - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return count === 0 ? -1 : low
}

/** The rows between two offsets, those that are only partly between them too. */
export function spanBetween(starts: Float64Array, top: number, bottom: number): Span {
  const height = starts.at(-1) ?? 0
  if (bottom < 0 || top >= height) return { from: 0, to: -1 }
  return { from: rowAt(starts, top), to: rowAt(starts, bottom) }
}

export const covers = (outer: Span, inner: Span) => outer.from <= inner.from && inner.to <= outer.to
