import { expect, it } from 'vitest'
import { halvesToFloats } from './half-float.ts'

/** Values from IEEE 754-2008, table 3.5, and the bit patterns that follow from it. */
it.each([
  [0x0000, 0],
  [0x3c00, 1],
  [0xc000, -2],
  [0x3555, 0.333251953125],
  [0x7bff, 65504],
  [0x0400, 2 ** -14],
  [0x0001, 2 ** -24],
  [0x83ff, -(2 ** -14 - 2 ** -24)],
  [0x7c00, Number.POSITIVE_INFINITY],
  [0xfc00, Number.NEGATIVE_INFINITY],
  [0x7e00, Number.NaN],
])('0x%s is %s', (bits, value) => {
  expect(halvesToFloats(Uint16Array.of(bits))[0]).toBe(value)
})
