import { describe, expect, it } from 'vitest'
import type { GalleryRow } from '../jobs/rows.ts'
import { headAbove } from './head-above.ts'
import { startsOf } from './row-span.ts'

const rows = [
  { type: 'header', height: 60 },
  { type: 'tiles', height: 200 },
  { type: 'tiles', height: 200 },
  { type: 'folds', height: 40 },
  { type: 'header', height: 60 },
  { type: 'tiles', height: 200 },
  { type: 'pack', height: 60 },
  { type: 'tiles', height: 200 },
].map((row, key) => ({ ...row, key: String(key) })) as GalleryRow[]
const starts = startsOf(rows, new Map())
const at = (offset: number) => headAbove(rows, starts, offset, 48)

describe('the head of the block that fills the upper edge', () => {
  it('is named once it is gone above, and for as long as there is room for its name', () => {
    expect(at(-10)).toBe(-1)
    expect(at(59)).toBe(-1)
    expect(at(60)).toBe(0)
    expect(at(452)).toBe(0)
    // The next head is under the strip.
    expect(at(453)).toBe(-1)
    expect(at(500)).toBe(-1)
    expect(at(560)).toBe(4)
  })

  it('is none in a pack, whose jobs have their heads beside their pictures, nor below the end', () => {
    expect(at(830)).toBe(-1)
    expect(at(5000)).toBe(-1)
    expect(headAbove([], startsOf([], new Map()), 10, 48)).toBe(-1)
  })
})
