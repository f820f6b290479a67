import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { justify } from './justify.ts'

const options = { width: 1000, rowHeight: 200, gap: 8 }

describe('justified rows', () => {
  it('fill the width in every row but the last, in order, without overlap', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.1, max: 8, noNaN: true }), { maxLength: 200 }),
        fc.integer({ min: 320, max: 2400 }),
        fc.integer({ min: 90, max: 400 }),
        (ratios, width, rowHeight) => {
          const rows = justify(ratios, (ratio) => ratio, { width, rowHeight, gap: 8 })
          expect(rows.flatMap((row) => row.boxes.map((box) => box.item))).toEqual(ratios)
          for (const [index, row] of rows.entries()) {
            const last = row.boxes.at(-1)!
            if (index < rows.length - 1) expect(last.left + last.width).toBe(width)
            expect(last.left + last.width).toBeLessThanOrEqual(width)
            for (const [at, box] of row.boxes.entries()) {
              expect(box.width).toBeGreaterThan(0)
              if (at > 0) expect(box.left).toBe(row.boxes[at - 1]!.left + row.boxes[at - 1]!.width + 8)
            }
          }
        },
      ),
    )
  })

  it('do not stretch the last row', () => {
    const rows = justify([1, 1], (ratio) => ratio, options)
    expect(rows).toEqual([
      {
        height: 200,
        boxes: [
          { item: 1, left: 0, width: 200 },
          { item: 1, left: 208, width: 200 },
        ],
      },
    ])
  })

  it('leave a row unfilled rather than squeeze it under the lowest height', () => {
    const shapes = [1, 4, 4]
    const squeezed = justify(shapes, (ratio) => ratio, { ...options, minPerRow: 1, widest: 12 })
    expect(squeezed[0]!.boxes).toHaveLength(2)
    const rows = justify(shapes, (ratio) => ratio, { ...options, minPerRow: 1, widest: 12, lowest: 200 })
    expect(rows[0]).toEqual({ height: 200, boxes: [{ item: 1, left: 0, width: 200 }] })
    expect(rows.every((row) => row.height === 200)).toBe(true)
  })

  it('have no rows while the width is not known', () => {
    expect(justify([1], (ratio) => ratio, { ...options, width: 0 })).toEqual([])
  })
})
