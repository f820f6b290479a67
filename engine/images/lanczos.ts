/**
 * @file Lanczos resizing in 8 bits with the results of Pillow's `resize(LANCZOS)`, which is what ComfyUI calls: the
 * kernel widens when a picture shrinks (so it antialiases), weights are 22-bit fixed point, and each of the two passes
 * rounds to 8 bits. A picture with alpha is resized with its colours multiplied by alpha.
 */
import type { Steps } from './steps.ts'

/** Fraction bits of the weights: 32 less 8 for the pixel and 2 for the sum of overshooting weights. */
const weightBits = 22
const one = 2 ** weightBits
/** Lobes of the kernel on each side. */
const lobes = 3

/**
 * @param source - height · width · channels bytes; four channels are RGBA
 * @returns `newHeight` · `newWidth` · `channels` bytes
 */
export function* resizeLanczos(
  source: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
  newHeight: number,
  newWidth: number,
): Steps<Uint8Array> {
  const hasAlpha = channels === 4
  let pixels = hasAlpha ? multiplyByAlpha(source) : source
  if (newWidth !== width) pixels = yield* resizeAcross(pixels, height, width, channels, newWidth)
  if (newHeight !== height) pixels = yield* resizeDown(pixels, newWidth * channels, height, newHeight)
  if (hasAlpha) return divideByAlpha(pixels)
  return pixels === source ? source.slice() : pixels
}

interface Window {
  start: number
  weights: Float64Array
}

/** For each output position the source window and its fixed-point weights. */
function windowsOf(size: number, newSize: number): Window[] {
  const scale = size / newSize
  const stretch = Math.max(scale, 1)
  const reach = lobes * stretch
  return Array.from({ length: newSize }, (_, i) => {
    const centre = (i + 0.5) * scale
    const start = Math.max(0, Math.trunc(centre - reach + 0.5))
    const end = Math.min(size, Math.trunc(centre + reach + 0.5))
    const weights = new Float64Array(end - start)
    let sum = 0
    for (let k = 0; k < weights.length; k++) {
      weights[k] = lanczosKernel((start + k - centre + 0.5) / stretch)
      sum += weights[k]!
    }
    for (let k = 0; k < weights.length; k++) {
      const exact = (weights[k]! / sum) * one
      weights[k] = Math.trunc(exact < 0 ? exact - 0.5 : exact + 0.5)
    }
    return { start, weights }
  })
}

/** sinc(x)·sinc(x/3) inside ±3. @see Duchon 1979, "Lanczos filtering in one and two dimensions" */
function lanczosKernel(x: number): number {
  return x > -lobes && x < lobes ? sinc(x) * sinc(x / lobes) : 0
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}

function* resizeAcross(source: Uint8Array, height: number, width: number, channels: number, newWidth: number) {
  const windows = windowsOf(width, newWidth)
  const target = new Uint8Array(height * newWidth * channels)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < newWidth; x++) {
      const { start, weights } = windows[x]!
      const from = (y * width + start) * channels
      const out = (y * newWidth + x) * channels
      for (let c = 0; c < channels; c++) {
        let sum = one / 2
        for (let k = 0; k < weights.length; k++) sum += source[from + k * channels + c]! * weights[k]!
        target[out + c] = roundedByte(sum)
      }
    }
    yield
  }
  return target
}

function* resizeDown(source: Uint8Array, rowLength: number, height: number, newHeight: number) {
  const windows = windowsOf(height, newHeight)
  const target = new Uint8Array(newHeight * rowLength)
  const sums = new Float64Array(rowLength)
  for (let y = 0; y < newHeight; y++) {
    const { start, weights } = windows[y]!
    sums.fill(one / 2)
    for (let k = 0; k < weights.length; k++) {
      const weight = weights[k]!
      const row = (start + k) * rowLength
      for (let i = 0; i < rowLength; i++) sums[i]! += source[row + i]! * weight
    }
    for (let i = 0; i < rowLength; i++) target[y * rowLength + i] = roundedByte(sums[i]!)
    yield
  }
  return target
}

/** A fixed-point sum that already holds the half, as a byte. Sums are exact integers below 2^53. */
function roundedByte(sum: number): number {
  return Math.min(255, Math.max(0, Math.floor(sum / one)))
}

function multiplyByAlpha(source: Uint8Array): Uint8Array {
  const target = new Uint8Array(source.length)
  for (let i = 0; i < source.length; i += 4) {
    const alpha = source[i + 3]!
    for (let c = 0; c < 3; c++) {
      // Division by 255 with rounding, without dividing: Blinn 1995, "Three wrongs make a right".
      const product = source[i + c]! * alpha + 128
      target[i + c] = ((product >> 8) + product) >> 8
    }
    target[i + 3] = alpha
  }
  return target
}

function divideByAlpha(source: Uint8Array): Uint8Array {
  const target = new Uint8Array(source)
  for (let i = 0; i < source.length; i += 4) {
    const alpha = source[i + 3]!
    if (alpha === 0 || alpha === 255) continue
    for (let c = 0; c < 3; c++) target[i + c] = Math.min(255, Math.trunc((255 * source[i + c]!) / alpha))
  }
  return target
}
