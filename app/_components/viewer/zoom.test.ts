import { describe, expect, it } from 'vitest'
import { comparedBoxes, fitBox, fitted, kept, toggled, zoomAt } from './zoom.ts'

const stage = { width: 1000, height: 500 }
const limits = { min: 0.5, max: 8 }

describe('zooming', () => {
  it('fits the whole picture, and enlarges small ones at most to twice their size', () => {
    expect(fitBox({ width: 4000, height: 4000 }, stage)).toEqual({ width: 500, height: 500 })
    expect(fitBox({ width: 100, height: 100 }, stage)).toEqual({ width: 200, height: 200 })
  })
  it('keeps the point under the pointer where it is', () => {
    const point = { x: 120, y: -40 }
    const view = zoomAt(fitted, 2, point, limits)
    // A picture point p (from its middle) is seen at view.x + p * scale.
    expect(view.x + point.x * view.scale).toBe(point.x)
    expect(view.y + point.y * view.scale).toBe(point.y)
  })
  it('stops at the limits, and never above the fitted picture from below', () => {
    expect(zoomAt(fitted, 0.1, { x: 0, y: 0 }, limits).scale).toBe(0.5)
    expect(zoomAt(fitted, 0.1, { x: 0, y: 0 }, { min: 3, max: 8 }).scale).toBe(1)
    expect(zoomAt(fitted, 100, { x: 0, y: 0 }, limits).scale).toBe(8)
  })
  it('never lets the picture leave the stage', () => {
    const box = { width: 500, height: 500 }
    expect(kept({ scale: 3, x: 9000, y: -9000 }, box, stage)).toEqual({ scale: 3, x: 250, y: -500 })
    expect(kept({ scale: 1, x: 10, y: 10 }, box, stage)).toEqual(fitted)
  })
  it('goes from the fitted picture to one to one and back, also when one to one is smaller', () => {
    expect(toggled(1, 2.5)).toBe(2.5)
    expect(toggled(2.5, 2.5)).toBe(1)
    expect(toggled(1, 0.5)).toBe(0.5)
    expect(toggled(0.5, 0.5)).toBe(1)
    expect(toggled(1, 1)).toBe(2)
  })
})

describe('two pictures that are compared', () => {
  it('share one box when they have the same shape, however many pixels each has', () => {
    const { a, b, sameShape } = comparedBoxes({ width: 512, height: 341 }, { width: 2048, height: 1364 }, stage)
    expect(sameShape).toBe(true)
    expect(a).toEqual(b)
    expect(a).toEqual(fitBox({ width: 2048, height: 1364 }, stage))
  })
  it('are fitted each for itself when they do not', () => {
    const { a, b, sameShape } = comparedBoxes({ width: 1000, height: 1000 }, { width: 2000, height: 1000 }, stage)
    expect(sameShape).toBe(false)
    expect(a).toEqual({ width: 500, height: 500 })
    expect(b).toEqual({ width: 1000, height: 500 })
  })
})
