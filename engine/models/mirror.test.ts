import { expect, it } from 'vitest'
import { mirroredIndex, readWindow } from './mirror.ts'

it('mirrors at both ends without repeating the end, as far as it takes', () => {
  const indexes = Array.from({ length: 13 }, (_, position) => mirroredIndex(position - 5, 3))
  expect(indexes).toEqual([1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1])
  expect(mirroredIndex(-7, 1)).toBe(0)
})

it('cuts a window into planes, beyond the border too', () => {
  // Two pixels, four channels: the fourth is left alone.
  const image = {
    data: Float32Array.of(1, 2, 3, 9, 4, 5, 6, 9),
    shape: [1, 1, 2, 4] as [number, number, number, number],
  }
  const planes = new Float32Array(9)
  readWindow(image, 0, { left: -1, top: 0, width: 3, height: 1 }, planes)
  expect([...planes]).toEqual([4, 1, 4, 5, 2, 5, 6, 3, 6])
})
