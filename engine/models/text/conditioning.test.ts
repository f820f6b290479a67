import { describe, expect, it } from 'vitest'
import { createMask } from '../../tensor.ts'
import {
  average,
  type Conditioning,
  combine,
  concat,
  setArea,
  setAreaFraction,
  setAreaStrength,
  setMask,
  setTimestepRange,
  zeroOut,
} from './conditioning.ts'

/** One entry of two numbers a token. */
function conditioning(data: number[], pooled: number[] | null = null): Conditioning {
  const encoding = { data: Float32Array.from(data), tokens: data.length / 2, width: 2 }
  return [{ encoding, pooled: pooled && Float32Array.from(pooled), options: {} }]
}

it('combines entries', () => {
  const [first, second] = [conditioning([1, 2]), conditioning([3, 4])]
  expect(combine(first, second)).toEqual([first[0], second[0]])
})

describe('concatenation', () => {
  it('appends the tokens of the first entry to every entry', () => {
    const to = combine(conditioning([1, 2], [9]), conditioning([3, 4, 5, 6]))
    const result = concat(to, combine(conditioning([7, 8], [1]), conditioning([0, 0])))
    expect(result.map(({ encoding }) => [...encoding.data])).toEqual([
      [1, 2, 7, 8],
      [3, 4, 5, 6, 7, 8],
    ])
    expect(result[0]).toMatchObject({ encoding: { tokens: 2, width: 2 }, pooled: Float32Array.of(9) })
  })

  it('refuses encodings of different models', () => {
    const wide: Conditioning = [
      { encoding: { data: new Float32Array(3), tokens: 1, width: 3 }, pooled: null, options: {} },
    ]
    expect(() => concat(conditioning([1, 2]), wide)).toThrow(/must come from the same CLIP/)
    expect(() => average(conditioning([1, 2]), wide, 0.5)).toThrow(/must come from the same CLIP/)
  })
})

describe('the average', () => {
  it('weights both', () => {
    const [entry] = average(conditioning([10, 20], [8]), conditioning([2, 4], [4]), 0.75)
    expect([...entry!.encoding.data]).toEqual([8, 16])
    expect([...entry!.pooled!]).toEqual([7])
  })

  it('is as long as the first, whichever is longer', () => {
    const long = conditioning([1, 2, 3, 4])
    const short = conditioning([5, 6])
    expect([...average(long, short, 0.5)[0]!.encoding.data]).toEqual([3, 4, 1.5, 2])
    expect([...average(short, long, 0.5)[0]!.encoding.data]).toEqual([3, 4])
  })

  it('takes the pooled vector of the one that has it', () => {
    expect(average(conditioning([1, 2]), conditioning([3, 4], [5]), 0.5)[0]!.pooled).toEqual(Float32Array.of(5))
    expect(average(conditioning([1, 2], [5]), conditioning([3, 4]), 0.5)[0]!.pooled).toEqual(Float32Array.of(5))
  })
})

it('zeroes encoding and pooled vector, and leaves the original alone', () => {
  const original = conditioning([1, 2], [3])
  expect(zeroOut(original)).toEqual(conditioning([0, 0], [0]))
  expect(original).toEqual(conditioning([1, 2], [3]))
})

describe('sets', () => {
  const given = combine(conditioning([1, 2]), setTimestepRange(conditioning([3, 4]), 0.1, 0.2))

  it('an area in pixels, in latent units', () => {
    const result = setArea(given, { width: 100, height: 64, x: 15, y: 8 }, 0.5)
    const area = { unit: 'latent', width: 12, height: 8, x: 1, y: 1 }
    expect(result.map(({ options }) => options)).toEqual([
      { area, strength: 0.5, setAreaToBounds: false },
      { area, strength: 0.5, setAreaToBounds: false, start: 0.1, end: 0.2 },
    ])
  })

  it('an area in fractions', () => {
    const [entry] = setAreaFraction(given, { width: 0.5, height: 1, x: 0.25, y: 0 }, 1)
    expect(entry!.options.area).toEqual({ unit: 'fraction', width: 0.5, height: 1, x: 0.25, y: 0 })
  })

  it('a strength, a mask, a range', () => {
    const mask = createMask(1, 2, 2)
    let result = setAreaStrength(given, 0.3)
    result = setMask(result, mask, { strength: 0.7, setAreaToBounds: true })
    result = setTimestepRange(result, 0, 0.5)
    const options = { strength: 0.3, mask, maskStrength: 0.7, setAreaToBounds: true, start: 0, end: 0.5 }
    expect(result.map((entry) => entry.options)).toEqual([options, options])
    expect(given[0]!.options).toEqual({})
  })
})
