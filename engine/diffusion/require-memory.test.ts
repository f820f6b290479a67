import { expect, it } from 'vitest'
import { requireMemory } from './require-memory.ts'

it('lets through what fits, and refuses what cannot, with what to do', () => {
  // SD 1: 320 features for each of 64 x 64 positions, three times, 4 bytes each: 15.7 MB.
  expect(() => requireMemory(320, [1, 4, 64, 64], 16e6)).not.toThrow()
  expect(() => requireMemory(320, [2, 4, 64, 64], 16e6)).toThrow(
    expect.objectContaining({ exceptionType: 'OutOfMemoryError' }),
  )
  expect(() => requireMemory(320, [17, 4, 2048, 2048], 64e9)).toThrow(
    '17 latents of 2048 x 2048 need more than 274 GB to sample, and there are 64. Use a smaller size or batch.',
  )
})
