/**
 * @file The Gaussian blur of ComfyUI's blur and sharpen nodes: a kernel sampled on −1 to 1 (so sigma counts in radii,
 * not pixels), and borders that mirror without repeating the edge.
 */
import { NodeError } from '../nodes/define.ts'
import type { Steps } from './steps.ts'

/**
 * One side of the separable kernel: exp(−x²/2σ²) at 2·radius + 1 even steps of −1 to 1, summing to 1. The outer product
 * of two of these is the square kernel exp(−(x²+y²)/2σ²), normalised.
 */
export function gaussianKernel(radius: number, sigma: number): Float64Array {
  const kernel = new Float64Array(2 * radius + 1)
  let sum = 0
  for (let i = 0; i < kernel.length; i++) {
    const x = -1 + i / radius
    kernel[i] = Math.exp(-(x * x) / (2 * sigma * sigma))
    sum += kernel[i]!
  }
  return kernel.map((value) => value / sum)
}

/**
 * Blurs one picture.
 * @param source - height · width · channels values
 * @throws NodeError when the radius reaches over the picture: a mirrored border needs as many pixels inside
 */
export function* gaussianBlur(
  source: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  radius: number,
  sigma: number,
): Steps<Float32Array> {
  if (radius >= width || radius >= height) {
    throw new NodeError(
      `A radius of ${radius} is too large for a picture of ${width} × ${height} pixels`,
      'RuntimeError',
    )
  }
  const kernel = gaussianKernel(radius, sigma)
  const across = new Float32Array(source.length)
  const columns = mirroredPositions(width, radius)
  for (let y = 0; y < height; y++) {
    const row = y * width * channels
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0
        for (let k = 0; k < kernel.length; k++) sum += source[row + columns[x + k]! * channels + c]! * kernel[k]!
        across[row + x * channels + c] = sum
      }
    }
    yield
  }
  const rowLength = width * channels
  const rows = mirroredPositions(height, radius)
  const blurred = new Float32Array(source.length)
  for (let y = 0; y < height; y++) {
    for (let k = 0; k < kernel.length; k++) {
      const from = rows[y + k]! * rowLength
      const weight = kernel[k]!
      for (let i = 0; i < rowLength; i++) blurred[y * rowLength + i]! += across[from + i]! * weight
    }
    yield
  }
  return blurred
}

/** Positions −radius … size−1+radius folded back into the picture: 2 1 | 0 1 2 … */
function mirroredPositions(size: number, radius: number): Int32Array {
  const positions = new Int32Array(size + 2 * radius)
  for (let i = 0; i < positions.length; i++) {
    const at = i - radius
    positions[i] = at < 0 ? -at : at >= size ? 2 * (size - 1) - at : at
  }
  return positions
}
