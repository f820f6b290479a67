import { expect, it } from 'vitest'
import { finishSteps } from '../../images/steps.ts'
import { applyGuidedFilter, boxMean, fitGuidedFilter } from './guided-filter.ts'

it('averages over a window that is cut off at the border', () => {
  const plane = Float32Array.from({ length: 7 * 5 }, (_, index) => (index * 31) % 17)
  for (const radius of [0, 1, 2, 9]) {
    const mean = boxMean(plane, 5, 7, radius)
    for (let y = 0; y < 5; y += 1) {
      for (let x = 0; x < 7; x += 1) {
        let [sum, count] = [0, 0]
        for (let v = Math.max(0, y - radius); v <= Math.min(4, y + radius); v += 1) {
          for (let u = Math.max(0, x - radius); u <= Math.min(6, x + radius); u += 1) {
            sum += plane[v * 7 + u]!
            count += 1
          }
        }
        expect(mean[y * 7 + x]).toBeCloseTo(sum / count, 4)
      }
    }
  }
})

/** Left half one colour, right half another, and a mask whose edge is three pixels off. */
function edge(width: number, height: number) {
  const guide = new Float32Array(width * height * 3)
  const mask = new Float32Array(width * height)
  for (let pixel = 0; pixel < mask.length; pixel += 1) {
    const x = pixel % width
    const isRight = x >= width / 2
    guide.set(isRight ? [0.8, 0.2, 0.3] : [0.1, 0.6, 0.5], pixel * 3)
    mask[pixel] = x >= width / 2 + 3 ? 1 : 0
  }
  return { guide, mask }
}

it('moves the edge of a mask to the edge of the picture', () => {
  const { guide, mask } = edge(64, 16)
  const fit = finishSteps(fitGuidedFilter(guide, mask, [16, 64], 8, 1e-4))
  const refined = finishSteps(applyGuidedFilter(guide, { offset: 0, channels: 3, pixels: 64 * 16 }, fit))
  const row = [...refined.subarray(8 * 64, 9 * 64)]
  expect(row.slice(0, 32).every((value) => value < 0.02)).toBe(true)
  // The three pixels that the mask missed are on its side now: a threshold would cut at the edge of the picture.
  expect(row.slice(32, 36).every((value) => value > 0.5)).toBe(true)
})

it('leaves a mask alone that says the same everywhere', () => {
  const { guide } = edge(20, 10)
  const fit = finishSteps(fitGuidedFilter(guide, new Float32Array(200).fill(0.25), [10, 20], 3, 1e-4))
  const refined = finishSteps(applyGuidedFilter(guide, { offset: 0, channels: 3, pixels: 200 }, fit))
  expect(refined.every((value) => Math.abs(value - 0.25) < 1e-5)).toBe(true)
})
