/** @file Mapping a picture onto a palette: nearest colour, Floyd-Steinberg error diffusion, ordered (Bayer) dither. */
import type { Steps } from './steps.ts'

export const ditherMethods = ['none', 'floyd-steinberg', 'bayer-2', 'bayer-4', 'bayer-8', 'bayer-16'] as const
export type DitherMethod = (typeof ditherMethods)[number]

/**
 * @param pixels - RGB bytes, `width` · `height` pixels
 * @param palette - RGB triples
 * @returns RGB bytes that hold palette colours only
 */
export function* applyPalette(
  pixels: Uint8Array,
  width: number,
  height: number,
  palette: Uint8Array,
  method: DitherMethod,
): Steps<Uint8Array> {
  const nearest = createNearestColour(palette)
  if (method === 'floyd-steinberg') return yield* diffuseError(pixels, width, height, palette, nearest)
  const source =
    method === 'none' ? pixels : yield* addBayer(pixels, width, height, Number(method.slice(6)), palette.length / 3)
  const mapped = new Uint8Array(pixels.length)
  for (let i = 0; i < source.length; i += 3) {
    mapped.set(colourAt(palette, nearest(source[i]!, source[i + 1]!, source[i + 2]!)), i)
    if (i % 24_576 === 0) yield
  }
  return mapped
}

type NearestColour = (red: number, green: number, blue: number) => number

function colourAt(palette: Uint8Array, index: number): Uint8Array {
  return palette.subarray(index * 3, index * 3 + 3)
}

function createNearestColour(palette: Uint8Array): NearestColour {
  // Index + 1 by 0xRRGGBB; 0 is "not looked up yet".
  const known = new Uint16Array(2 ** 24)
  return (red, green, blue) => {
    const key = (red << 16) | (green << 8) | blue
    if (known[key] !== 0) return known[key]! - 1
    let best = 0
    let bestDistance = Number.POSITIVE_INFINITY
    for (let i = 0; i < palette.length; i += 3) {
      const distance = (red - palette[i]!) ** 2 + (green - palette[i + 1]!) ** 2 + (blue - palette[i + 2]!) ** 2
      if (distance < bestDistance) {
        bestDistance = distance
        best = i / 3
      }
    }
    known[key] = best + 1
    return best
  }
}

/** Weights 7/16 right, 3/16 below left, 5/16 below, 1/16 below right. @see Floyd and Steinberg 1976 */
function* diffuseError(
  pixels: Uint8Array,
  width: number,
  height: number,
  palette: Uint8Array,
  nearest: NearestColour,
): Steps<Uint8Array> {
  const mapped = new Uint8Array(pixels.length)
  // Errors of this row and the next, with a pixel of margin on both sides.
  let here = new Float32Array((width + 2) * 3)
  let below = new Float32Array((width + 2) * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3
      const wanted = [0, 1, 2].map((c) => clampByte(pixels[at + c]! + here[(x + 1) * 3 + c]!)) as [
        number,
        number,
        number,
      ]
      const colour = colourAt(palette, nearest(...wanted))
      mapped.set(colour, at)
      for (let c = 0; c < 3; c++) {
        const error = wanted[c]! - colour[c]!
        here[(x + 2) * 3 + c]! += (error * 7) / 16
        below[x * 3 + c]! += (error * 3) / 16
        below[(x + 1) * 3 + c]! += (error * 5) / 16
        below[(x + 2) * 3 + c]! += error / 16
      }
    }
    ;[here, below] = [below, here]
    below.fill(0)
    yield
  }
  return mapped
}

function clampByte(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.round(value)
}

/** Adds the threshold pattern, spread over the distance between palette colours, and truncates. */
function* addBayer(
  pixels: Uint8Array,
  width: number,
  height: number,
  order: number,
  colours: number,
): Steps<Uint8Array> {
  const matrix = bayerMatrix(Math.log2(order))
  const spread = (2 * 256) / colours
  const shifted = new Uint8Array(pixels.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const threshold = spread * matrix[y % order]![x % order]! + 0.5
      const at = (y * width + x) * 3
      for (let c = 0; c < 3; c++) shifted[at + c] = Math.min(255, Math.max(0, pixels[at + c]! + threshold))
    }
    yield
  }
  return shifted
}

/**
 * The ordered-dither matrix of size 2^n, its values spread evenly around 0 within ±0.5.
 * @see Bayer 1973, "An optimum method for two-level rendition of continuous-tone pictures"
 */
export function bayerMatrix(n: number): number[][] {
  if (n === 0) return [[0]]
  const inner = bayerMatrix(n - 1)
  const size = inner.length
  const cells = 4 ** n
  const offsets = [
    [-1.5, 0.5],
    [1.5, -0.5],
  ]
  return Array.from({ length: 2 * size }, (_, y) =>
    Array.from(
      { length: 2 * size },
      (_, x) => inner[y % size]![x % size]! + offsets[Math.floor(y / size)]![Math.floor(x / size)]! / cells,
    ),
  )
}
