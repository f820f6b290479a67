/**
 * @file The guided filter with a colour guide: makes a coarse mask follow the edges of the picture it belongs to. Every
 * small window is fitted with `mask = a · colour + b`; the fits are averaged and applied to every pixel.
 * @see He, Sun, Tang: Guided Image Filtering, TPAMI 2013, eq. 19 and 20 (colour guide)
 * @see He, Sun: Fast Guided Filter, arXiv 1505.00996 (fit small, apply large)
 */
import { fillSteps, type Steps } from '../../images/steps.ts'

/**
 * The fit, at the size of `mask`.
 * @param guide - height * width * 3 values, channels last
 * @param mask - height * width values
 * @param radius - of the window, in pixels: it is `2 * radius + 1` wide
 * @param epsilon - variance below which a window counts as flat, in squared colour units
 * @returns height * width * 4 values: `a` for red, green, blue, and `b`, averaged over all windows that hold the pixel
 */
export function* fitGuidedFilter(
  guide: Float32Array,
  mask: Float32Array,
  [height, width]: readonly [number, number],
  radius: number,
  epsilon: number,
): Steps<Float32Array> {
  const pixels = height * width
  function* blur(value: (pixel: number) => number): Steps<Float32Array> {
    const plane = new Float32Array(pixels)
    for (let pixel = 0; pixel < pixels; pixel += 1) plane[pixel] = value(pixel)
    yield
    return boxMean(plane, height, width, radius)
  }
  const color = (channel: number) => (pixel: number) => guide[pixel * 3 + channel]!
  const product = (first: number, second: number) => (pixel: number) =>
    guide[pixel * 3 + first]! * guide[pixel * 3 + second]!
  const withMask = (channel: number) => (pixel: number) => guide[pixel * 3 + channel]! * mask[pixel]!

  const meanColor = [yield* blur(color(0)), yield* blur(color(1)), yield* blur(color(2))] as const
  const meanMask = yield* blur((pixel) => mask[pixel]!)
  const meanWithMask = [yield* blur(withMask(0)), yield* blur(withMask(1)), yield* blur(withMask(2))] as const
  const [rr, rg, rb] = [yield* blur(product(0, 0)), yield* blur(product(0, 1)), yield* blur(product(0, 2))]
  const [gg, gb, bb] = [yield* blur(product(1, 1)), yield* blur(product(1, 2)), yield* blur(product(2, 2))]

  const fits = [0, 1, 2, 3].map(() => new Float32Array(pixels)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const [r, g, b] = [meanColor[0][pixel]!, meanColor[1][pixel]!, meanColor[2][pixel]!]
    const m = meanMask[pixel]!
    // The covariance of the colours, kept away from singular by epsilon, inverted by its cofactors.
    const [crr, crg, crb] = [rr[pixel]! - r * r + epsilon, rg[pixel]! - r * g, rb[pixel]! - r * b]
    const [cgg, cgb, cbb] = [gg[pixel]! - g * g + epsilon, gb[pixel]! - g * b, bb[pixel]! - b * b + epsilon]
    const [irr, irg, irb] = [cgg * cbb - cgb * cgb, crb * cgb - crg * cbb, crg * cgb - crb * cgg]
    const [igg, igb, ibb] = [crr * cbb - crb * crb, crg * crb - crr * cgb, crr * cgg - crg * crg]
    const determinant = crr * irr + crg * irg + crb * irb
    const [vr, vg, vb] = [
      meanWithMask[0][pixel]! - r * m,
      meanWithMask[1][pixel]! - g * m,
      meanWithMask[2][pixel]! - b * m,
    ]
    const ar = (irr * vr + irg * vg + irb * vb) / determinant
    const ag = (irg * vr + igg * vg + igb * vb) / determinant
    const ab = (irb * vr + igb * vg + ibb * vb) / determinant
    fits[0][pixel] = ar
    fits[1][pixel] = ag
    fits[2][pixel] = ab
    fits[3][pixel] = m - ar * r - ag * g - ab * b
  }

  const result = new Float32Array(pixels * 4)
  for (const [index, fit] of fits.entries()) {
    yield
    const mean = boxMean(fit, height, width, radius)
    for (let pixel = 0; pixel < pixels; pixel += 1) result[pixel * 4 + index] = mean[pixel]!
  }
  return result
}

/**
 * Applies a fit to a picture of the same size.
 * @param guide - the picture's values, `channels` numbers per pixel, from `offset` on
 * @returns a mask, 0 to 1
 */
export function* applyGuidedFilter(
  guide: Float32Array,
  { offset, channels, pixels }: { offset: number; channels: number; pixels: number },
  fit: Float32Array,
): Steps<Float32Array> {
  const mask = new Float32Array(pixels)
  yield* fillSteps(mask, (pixel) => {
    const at = offset + pixel * channels
    const value =
      fit[pixel * 4]! * guide[at]! +
      fit[pixel * 4 + 1]! * guide[at + 1]! +
      fit[pixel * 4 + 2]! * guide[at + 2]! +
      fit[pixel * 4 + 3]!
    return Math.max(0, Math.min(1, value))
  })
  return mask
}

/** The mean over a square window, cut off at the borders. Two passes with running sums: the radius costs nothing. */
export function boxMean(plane: Float32Array, height: number, width: number, radius: number): Float32Array {
  return boxLines(boxLines(plane, height, width, width, 1, radius), width, height, 1, width, radius)
}

function boxLines(
  source: Float32Array,
  lines: number,
  length: number,
  lineStep: number,
  step: number,
  radius: number,
): Float32Array {
  const target = new Float32Array(source.length)
  for (let line = 0; line < lines; line += 1) {
    const base = line * lineStep
    let sum = 0
    for (let index = 0; index <= Math.min(radius, length - 1); index += 1) sum += source[base + index * step]!
    for (let index = 0; index < length; index += 1) {
      const first = Math.max(0, index - radius)
      const last = Math.min(length - 1, index + radius)
      target[base + index * step] = sum / (last - first + 1)
      if (index + radius + 1 < length) sum += source[base + (index + radius + 1) * step]!
      if (index - radius >= 0) sum -= source[base + (index - radius) * step]!
    }
  }
  return target
}
