import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseExact, roundLarge, stringifyExact } from './exact-json.ts'

describe('parseExact', () => {
  it('keeps whole numbers that a double cannot hold, as bigints, wherever they stand', () => {
    const text =
      '{"seed":18446744073709551615,"list":[ -9007199254740993,\n9007199254740993],"deep":{"a":[[9223372036854788153]]}}'
    expect(parseExact(text)).toEqual({
      seed: 2n ** 64n - 1n,
      list: [-(2n ** 53n) - 1n, 2n ** 53n + 1n],
      deep: { a: [[2n ** 63n + 12345n]] },
    })
    expect(parseExact('18446744073709551615')).toBe(2n ** 64n - 1n)
  })

  it('leaves all else as JSON.parse gives it', () => {
    const text =
      '{"a":9007199254740991,"b":1152921504606846976.5,"c":1.2345678901234567,"d":1e30,"e":12345678901234567e3,' +
      '"f":"x: 18446744073709551615","g\\"":", 18446744073709551615","h\\\\":"\\\\\\"[18446744073709551615","18446744073709551615":0}'
    expect(parseExact(text)).toEqual(JSON.parse(text))
  })

  it('takes a number of more than 40 digits for what a double makes of it', () => {
    expect(parseExact(`[${'9'.repeat(41)}]`)).toEqual([1e41])
    expect(parseExact(`[${'9'.repeat(400)}]`)).toEqual([Number.POSITIVE_INFINITY])
  })

  it.each(['{12345678901234567890:1}', '[012345678901234567890]', '[12345678901234567890', '[-,12345678901234567890]'])(
    'refuses %s',
    (text) => expect(() => parseExact(text)).toThrow(SyntaxError),
  )
})

describe('stringifyExact', () => {
  it('writes bigints as numbers, in order, with and without spaces', () => {
    const value = { a: 1, seed: 2n ** 64n - 1n, list: [-(2n ** 60n), '2'] }
    expect(stringifyExact(value)).toBe('{"a":1,"seed":18446744073709551615,"list":[-1152921504606846976,"2"]}')
    expect(stringifyExact({ seed: 2n ** 64n - 1n }, 2)).toBe('{\n  "seed": 18446744073709551615\n}')
    expect(stringifyExact(undefined)).toBe('null')
  })

  it('fails for a circle as JSON.stringify does', () => {
    const circle: Record<string, unknown> = { seed: 2n ** 64n }
    circle.self = circle
    expect(() => stringifyExact(circle)).toThrow(TypeError)
  })
})

it('what was written is read again as it was', () => {
  const large = fc
    .bigInt({ min: -(10n ** 39n), max: 10n ** 39n })
    .filter((value) => !Number.isSafeInteger(Number(value)))
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      large,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Number.isInteger(number) ? 0.5 : number)),
      fc.string({ unit: fc.constantFrom('"', '\\', ':', ',', '[', ' ', '-', '1', '18446744073709551615', 'ü') }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value')),
      fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true }),
    ),
  }))
  fc.assert(
    fc.property(value, (given) => {
      expect(parseExact(stringifyExact(given))).toEqual(given)
    }),
  )
})

it('roundLarge gives what JSON.parse would have given, and the value itself where nothing is large', () => {
  const text = '{"seed":18446744073709551615,"list":[9007199254740993,"a"]}'
  expect(roundLarge(parseExact(text))).toEqual(JSON.parse(text))
  const plain = { a: [1] }
  expect(roundLarge(plain)).toBe(plain)
})
