import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chunkTokens, emptyChunk, type TokenChunk, type WeightedToken } from './chunk-tokens.ts'

const group = (length: number, first = 1000, weight = 1): WeightedToken[] =>
  Array.from({ length }, (_, index) => ({ token: first + index, weight }))
const ids = (chunk: TokenChunk) => chunk.map(({ token }) => token)
const range = (first: number, length: number) => Array.from({ length }, (_, index) => first + index)

it('puts tokens between start and end, and fills up', () => {
  expect(ids(chunkTokens([group(2)], 0)[0]!)).toEqual([49406, 1000, 1001, 49407, ...Array(73).fill(0)])
  expect(ids(chunkTokens([group(2)], 49407)[0]!)).toEqual([49406, 1000, 1001, ...Array(74).fill(49407)])
})

it('makes one chunk of nothing', () => {
  expect(chunkTokens([], 0)).toEqual([emptyChunk(0)])
  expect(ids(emptyChunk(0))).toEqual([49406, 49407, ...Array(75).fill(0)])
})

it('takes 75 tokens in one chunk, and starts another for more', () => {
  expect(chunkTokens([group(75)], 0).map(ids)).toEqual([[49406, ...range(1000, 75), 49407]])
  expect(chunkTokens([group(76)], 0).map(ids)).toEqual([
    [49406, ...range(1000, 75), 49407],
    [49406, 1075, 49407, ...Array(74).fill(0)],
  ])
})

describe('at the end of a chunk', () => {
  it('a group of less than eight tokens moves to the next as a whole', () => {
    const chunks = chunkTokens([group(70), group(7, 2000)], 0)
    expect(chunks.map(ids)).toEqual([
      [49406, ...range(1000, 70), 49407, 0, 0, 0, 0, 0],
      [49406, ...range(2000, 7), 49407, ...Array(68).fill(0)],
    ])
  })

  it('a longer group is cut in two', () => {
    const chunks = chunkTokens([group(70), group(8, 2000)], 0)
    expect(chunks.map(ids)).toEqual([
      [49406, ...range(1000, 70), ...range(2000, 5), 49407],
      [49406, ...range(2005, 3), 49407, ...Array(72).fill(0)],
    ])
  })
})

it('keeps every token with its weight in order, in chunks of 77, and gives its own tokens the weight one', () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 8 })
  fc.assert(
    fc.property(lengths, (groups) => {
      const given = groups.map((length, index) => group(length, 1000 * (index + 1), index + 2))
      const chunks = chunkTokens(given, 0)
      const words = chunks.flatMap((chunk) => chunk.filter(({ weight }) => weight !== 1))
      expect(words).toEqual(given.flat())
      for (const chunk of chunks) {
        expect(chunk).toHaveLength(77)
        expect(chunk[0]?.token).toBe(49406)
        expect(chunk.filter(({ token }) => token === 49407)).toHaveLength(1)
      }
    }),
  )
})
