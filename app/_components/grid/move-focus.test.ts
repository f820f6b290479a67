import { describe, expect, it } from 'vitest'
import { moveFocus } from './move-focus.ts'

const row = (...tiles: [string, number, number][]) => ({
  height: 200,
  boxes: tiles.map(([key, left, width]) => ({ item: { key }, left, width })),
})
const rows = [
  row(['a', 0, 100], ['b', 108, 300]),
  row(['c', 0, 200], ['d', 208, 60], ['e', 276, 200]),
  row(['f', 0, 80]),
]

describe('arrow keys in the grid', () => {
  it('go on into the next row at the end of one', () => {
    expect(moveFocus(rows, 'b', 'ArrowRight')).toBe('c')
    expect(moveFocus(rows, 'c', 'ArrowLeft')).toBe('b')
  })
  it('go to the tile that lies closest below and above', () => {
    expect(moveFocus(rows, 'b', 'ArrowDown')).toBe('d')
    expect(moveFocus(rows, 'e', 'ArrowDown')).toBe('f')
    expect(moveFocus(rows, 'e', 'ArrowUp')).toBe('b')
  })
  it('stay at the edges', () => {
    expect(moveFocus(rows, 'a', 'ArrowUp')).toBeNull()
    expect(moveFocus(rows, 'f', 'ArrowRight')).toBeNull()
  })
  it('reach both ends, and start at the first tile when none has the focus', () => {
    expect(moveFocus(rows, 'd', 'Home')).toBe('a')
    expect(moveFocus(rows, 'd', 'End')).toBe('f')
    expect(moveFocus(rows, null, 'ArrowDown')).toBe('a')
  })
  it('go on by a screen, at least one row, and end at the last', () => {
    const many = Array.from({ length: 9 }, (_, n) => row([`r${n}`, 0, 100]))
    expect(moveFocus(many, 'r0', 'PageDown', { screen: 600 })).toBe('r3')
    expect(moveFocus(many, 'r3', 'PageUp', { screen: 600 })).toBe('r0')
    expect(moveFocus(many, 'r4', 'PageDown', { screen: 50 })).toBe('r5')
    expect(moveFocus(many, 'r8', 'PageUp', { screen: 9999 })).toBe('r0')
  })
})
