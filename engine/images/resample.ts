/**
 * @file Resizing with fixed kernels, as PyTorch's `interpolate` computes it with `align_corners` off and antialias off:
 * nearest-exact, bilinear, bicubic, area. Pixel centres lie at half positions: output i looks at (i + 0.5)·in/out − 0.5.
 * All four are separable, so a picture is resized along its rows, then along its columns.
 * Lanczos, which ComfyUI takes from Pillow in 8 bits, is in `lanczos.ts`.
 */

import { finishSteps, type Steps } from './steps.ts'

export type FixedKernel = 'nearest-exact' | 'bilinear' | 'area' | 'bicubic'

/** For each output position `count` source positions and their weights. */
interface Taps {
  count: number
  positions: Int32Array
  weights: Float64Array
}

/**
 * Resizes one picture.
 * @param source - height · width · channels values, channels last
 * @returns `newHeight` · `newWidth` · `channels` values; bicubic may overshoot 0 to 1
 */
export function* resampleSteps(
  source: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  newHeight: number,
  newWidth: number,
  kernel: FixedKernel,
): Steps<Float32Array> {
  const across =
    newWidth === width ? source : yield* resampleRows(source, height, width, channels, tapsOf(kernel, width, newWidth))
  if (newHeight === height) return across === source ? source.slice() : across
  return yield* resampleColumns(across, newWidth * channels, tapsOf(kernel, height, newHeight))
}

/** {@link resampleSteps} at once, for small pictures. */
export function resample(...parameters: Parameters<typeof resampleSteps>): Float32Array {
  return finishSteps(resampleSteps(...parameters))
}

function* resampleRows(
  source: Float32Array,
  height: number,
  width: number,
  channels: number,
  taps: Taps,
): Steps<Float32Array> {
  const { count, positions, weights } = taps
  const newWidth = positions.length / count
  const target = new Float32Array(height * newWidth * channels)
  for (let y = 0; y < height; y++) {
    const row = y * width * channels
    for (let x = 0; x < newWidth; x++) {
      const out = (y * newWidth + x) * channels
      for (let c = 0; c < channels; c++) {
        let sum = 0
        for (let k = 0; k < count; k++) {
          sum += source[row + positions[x * count + k]! * channels + c]! * weights[x * count + k]!
        }
        target[out + c] = sum
      }
    }
    yield
  }
  return target
}

function* resampleColumns(source: Float32Array, rowLength: number, taps: Taps): Steps<Float32Array> {
  const { count, positions, weights } = taps
  const newHeight = positions.length / count
  const target = new Float32Array(newHeight * rowLength)
  for (let y = 0; y < newHeight; y++) {
    const out = y * rowLength
    for (let k = 0; k < count; k++) {
      const weight = weights[y * count + k]!
      if (weight === 0) continue
      const row = positions[y * count + k]! * rowLength
      for (let i = 0; i < rowLength; i++) target[out + i]! += source[row + i]! * weight
    }
    yield
  }
  return target
}

function tapsOf(kernel: FixedKernel, size: number, newSize: number): Taps {
  // PyTorch takes the ratio in single precision; it decides which neighbour nearest-exact falls on.
  const scale = Math.fround(size / newSize)
  switch (kernel) {
    case 'nearest-exact':
      return makeTaps(newSize, 1, (i, set) => set(0, Math.min(Math.floor((i + 0.5) * scale), size - 1), 1))
    case 'bilinear':
      return makeTaps(newSize, 2, (i, set) => {
        const at = Math.max(0, (i + 0.5) * scale - 0.5)
        const left = Math.min(Math.floor(at), size - 1)
        const share = left === size - 1 ? 0 : at - left
        set(0, left, 1 - share)
        set(1, Math.min(left + 1, size - 1), share)
      })
    case 'bicubic':
      return makeTaps(newSize, 4, (i, set) => {
        const at = (i + 0.5) * scale - 0.5
        const left = Math.floor(at)
        const share = at - left
        for (let k = 0; k < 4; k++) {
          set(k, Math.min(Math.max(left - 1 + k, 0), size - 1), keysCubic(Math.abs(share + 1 - k)))
        }
      })
    case 'area': {
      // Adaptive average pooling: output i averages input floor(i·in/out) up to ceil((i+1)·in/out).
      const longest = Math.ceil(size / newSize) + 1
      return makeTaps(newSize, longest, (i, set) => {
        const start = Math.floor((i * size) / newSize)
        const end = Math.ceil(((i + 1) * size) / newSize)
        for (let k = 0; k < longest; k++) {
          set(k, Math.min(start + k, size - 1), start + k < end ? 1 / (end - start) : 0)
        }
      })
    }
  }
}

function makeTaps(
  newSize: number,
  count: number,
  fill: (index: number, set: (k: number, position: number, weight: number) => void) => void,
): Taps {
  const taps = { count, positions: new Int32Array(newSize * count), weights: new Float64Array(newSize * count) }
  for (let i = 0; i < newSize; i++) {
    fill(i, (k, position, weight) => {
      taps.positions[i * count + k] = position
      taps.weights[i * count + k] = weight
    })
  }
  return taps
}

/**
 * The cubic convolution kernel with a = −0.75 at a distance of 0 to 2.
 * @see Keys 1981, "Cubic convolution interpolation for digital image processing", eq. 4
 */
function keysCubic(distance: number, a = -0.75): number {
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1
  if (distance < 2) return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a
  return 0
}
