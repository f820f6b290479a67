/** @file Zoom and pan as plain numbers. `scale` 1 is the fitted picture; `x` and `y` shift its middle in CSS pixels. Pure. */

export interface View {
  scale: number
  x: number
  y: number
}

export interface Size {
  width: number
  height: number
}

export interface Point {
  x: number
  y: number
}

export const fitted: View = { scale: 1, x: 0, y: 0 }

/** The box a picture takes when all of it is seen; small ones are enlarged at most to twice their size. */
export function fitBox(picture: Size, stage: Size): Size {
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height, 2)
  return { width: picture.width * scale, height: picture.height * scale }
}

/** Zooms by `factor` so that the point (from the stage's middle) stays under the pointer. */
export function zoomAt(view: View, factor: number, point: Point, limits: { min: number; max: number }): View {
  const scale = Math.min(Math.max(1, limits.max), Math.max(Math.min(1, limits.min), view.scale * factor))
  const by = scale / view.scale
  return { scale, x: point.x - (point.x - view.x) * by, y: point.y - (point.y - view.y) * by }
}

/** Keeps the picture over the stage: no side may come further in than the stage's own edge. */
export function kept(view: View, box: Size, stage: Size): View {
  const spareX = Math.max(0, (box.width * view.scale - stage.width) / 2)
  const spareY = Math.max(0, (box.height * view.scale - stage.height) / 2)
  return {
    scale: view.scale,
    x: Math.min(spareX, Math.max(-spareX, view.x)),
    y: Math.min(spareY, Math.max(-spareY, view.y)),
  }
}

/** What "fit or one to one" goes to: one to one, or double where the fitted picture is that already, and back. */
export function toggled(scale: number, actual: number): number {
  if (Math.abs(scale - 1) > 0.01) return 1
  return Math.abs(actual - 1) > 0.01 ? actual : 2
}

/**
 * The boxes of two pictures that are compared. Of the same shape they are one box, whatever their pixels, so that the same
 * place lies under the same point; others are fitted each for itself.
 */
export function comparedBoxes(a: Size, b: Size, stage: Size): { a: Size; b: Size; sameShape: boolean } {
  const larger = a.width * a.height >= b.width * b.height ? a : b
  // A pixel of rounding on the smaller one is no other shape.
  const tolerance = 1.5 / Math.min(a.width, a.height, b.width, b.height)
  const sameShape = Math.abs((a.width * b.height) / (a.height * b.width) - 1) <= tolerance
  const box = fitBox(larger, stage)
  return sameShape ? { a: box, b: box, sameShape } : { a: fitBox(a, stage), b: fitBox(b, stage), sameShape }
}
