import { describe, expect, it } from 'vitest'
import { covers, rowAt, spanBetween, startsOf } from './row-span.ts'

const rows = [40, 200, 200, 30].map((height, n) => ({ key: `row ${n}`, height }))
const none = new Map<string, number>()

describe('where rows begin', () => {
  it('is the sum of the heights before them; the last entry is the height of all', () => {
    expect([...startsOf(rows, none)]).toEqual([0, 40, 240, 440, 470])
    expect([...startsOf([], none)]).toEqual([0])
  })

  it('goes by the measured height where there is one', () => {
    expect([...startsOf(rows, new Map([['row 1', 210]]))]).toEqual([0, 40, 250, 450, 480])
  })
})

describe('the row at an offset', () => {
  it('begins at or above it', () => {
    const starts = startsOf(rows, none)
    expect([0, 39, 40, 239, 240, 469].map((offset) => rowAt(starts, offset))).toEqual([0, 0, 1, 1, 2, 3])
  })

  it('is the first above all rows, the last below them, and none of an empty list', () => {
    const starts = startsOf(rows, none)
    expect(rowAt(starts, -100)).toBe(0)
    expect(rowAt(starts, 10_000)).toBe(3)
    expect(rowAt(startsOf([], none), 0)).toBe(-1)
  })
})

describe('the rows between two offsets', () => {
  const starts = startsOf(rows, none)

  it('are those that are partly between them, too', () => {
    expect(spanBetween(starts, 100, 441)).toEqual({ from: 1, to: 3 })
    expect(spanBetween(starts, -50, 10)).toEqual({ from: 0, to: 0 })
  })

  it('are none when the screen is above or below the list', () => {
    for (const [top, bottom] of [[-900, -1] as const, [470, 900] as const]) {
      const { from, to } = spanBetween(starts, top, bottom)
      expect(to).toBeLessThan(from)
    }
    expect(spanBetween(startsOf([], none), 0, 900)).toEqual({ from: 0, to: -1 })
  })

  it('cover a part of themselves, and not what reaches beyond', () => {
    expect(covers({ from: 2, to: 9 }, { from: 3, to: 9 })).toBe(true)
    expect(covers({ from: 2, to: 9 }, { from: 1, to: 4 })).toBe(false)
  })
})
