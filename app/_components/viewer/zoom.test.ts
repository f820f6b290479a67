import { describe, expect, it } from 'vitest'
import { fitBox, fitted, kept, zoomAt } from './zoom.ts'

const stage = { width: 1000, height: 500 }

describe('zooming', () => {
  it('fits the whole picture, and enlarges small ones at most to twice their size', () => {
    expect(fitBox({ width: 4000, height: 4000 }, stage)).toEqual({ width: 500, height: 500 })
    expect(fitBox({ width: 100, height: 100 }, stage)).toEqual({ width: 200, height: 200 })
  })
  it('keeps the point under the pointer where it is', () => {
    const point = { x: 120, y: -40 }
    const view = zoomAt(fitted, 2, point, 8)
    // A picture point p (from its middle) is seen at view.x + p * scale.
    expect(view.x + point.x * view.scale).toBe(point.x)
    expect(view.y + point.y * view.scale).toBe(point.y)
  })
  it('stops at the fitted picture and at the limit', () => {
    expect(zoomAt(fitted, 0.5, { x: 0, y: 0 }, 8).scale).toBe(1)
    expect(zoomAt(fitted, 100, { x: 0, y: 0 }, 8).scale).toBe(8)
  })
  it('never lets the picture leave the stage', () => {
    const box = { width: 500, height: 500 }
    expect(kept({ scale: 3, x: 9000, y: -9000 }, box, stage)).toEqual({ scale: 3, x: 250, y: -500 })
    expect(kept({ scale: 1, x: 10, y: 10 }, box, stage)).toEqual(fitted)
  })
})
