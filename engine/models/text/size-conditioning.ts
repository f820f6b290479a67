/**
 * @file What SDXL is told beside the text's encoding: its pooled vector and sizes in pixels, each as a row of sines.
 * @see Podell et al. 2023, arXiv 2307.01952, section 2.2 (size, crop, target); Vaswani et al. 2017, arXiv 1706.03762,
 * section 3.5 (sinusoids)
 */
import type { SizeConditioning } from './conditioning.ts'

const numberWidth = 256
const maxPeriod = 10_000

/** How beautiful the refiner is told the picture is, with the prompt and with the negative prompt. */
export const aestheticScores = { positive: 6, negative: 2.5 } as const

export interface PictureSize {
  /** In pixels. */
  width: number
  height: number
}

/**
 * The vector `y` of SDXL's base network: the pooled vector, then height, width, crop top, crop left, target height,
 * target width.
 * @param pooled - 1,280 numbers
 * @param sampled - what is not set follows from the picture that is made
 * @returns 2,816 numbers
 */
export function baseVector(pooled: Float32Array, size: SizeConditioning, sampled: PictureSize): Float32Array {
  const { width = sampled.width, height = sampled.height } = size
  const { cropWidth = 0, cropHeight = 0, targetWidth = width, targetHeight = height } = size
  return vector(pooled, [height, width, cropHeight, cropWidth, targetHeight, targetWidth])
}

/**
 * The vector `y` of SDXL's refiner: the pooled vector, then height, width, crop top, crop left, aesthetic score.
 * @returns 2,560 numbers
 */
export function refinerVector(
  pooled: Float32Array,
  size: SizeConditioning,
  aestheticScore: number,
  sampled: PictureSize,
): Float32Array {
  const { width = sampled.width, height = sampled.height, cropWidth = 0, cropHeight = 0 } = size
  return vector(pooled, [height, width, cropHeight, cropWidth, aestheticScore])
}

function vector(pooled: Float32Array, numbers: readonly number[]): Float32Array {
  const values = new Float32Array(pooled.length + numbers.length * numberWidth)
  values.set(pooled)
  for (const [index, value] of numbers.entries()) {
    values.set(sinusoids(value), pooled.length + index * numberWidth)
  }
  return values
}

/** 128 cosines, then 128 sines, of falling frequency. Rounded to single precision where PyTorch rounds. */
function sinusoids(value: number): Float32Array {
  const half = numberWidth / 2
  const values = new Float32Array(numberWidth)
  for (let index = 0; index < half; index += 1) {
    const frequency = Math.fround(Math.exp(Math.fround(Math.fround(-Math.fround(Math.log(maxPeriod)) * index) / half)))
    const angle = Math.fround(value * frequency)
    values[index] = Math.cos(angle)
    values[half + index] = Math.sin(angle)
  }
  return values
}
