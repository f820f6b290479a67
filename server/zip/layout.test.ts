import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { centralHeader, computeLayout, descriptor, endOfArchive, type LayoutFile, localHeader } from './layout.ts'

/** Length of the archive by making every record, without any content. */
function lengthOfRecords(files: readonly LayoutFile[]): { size: number; offsets: number[]; centralSize: number } {
  const offsets: number[] = []
  let at = 0
  for (const { name, size } of files) {
    offsets.push(at)
    at += localHeader(Buffer.from(name), size, 0).length + size + descriptor(size, 0).length
  }
  const layout = computeLayout(files)
  let centralSize = 0
  for (const [index, { name, size }] of files.entries()) {
    centralSize += centralHeader(Buffer.from(name), size, 0, offsets[index]!, 0).length
  }
  return { size: at + centralSize + endOfArchive(files.length, layout).length, offsets, centralSize }
}

const max32 = 0xffffffff
const many = (count: number, size = 0) => Array.from({ length: count }, (_, n) => ({ name: `f${n}`, size }))

describe('the layout of a zip', () => {
  it('knows the length and every offset before a byte exists', () => {
    const size = fc.oneof(
      fc.nat(2 ** 20),
      fc.constantFrom(0, 1, max32 - 1, max32, max32 + 1),
      fc.integer({ min: 0, max: 2 ** 42 }),
    )
    const name = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
    fc.assert(
      fc.property(fc.array(fc.record({ name, size }), { maxLength: 40 }), (files) => {
        const layout = computeLayout(files)
        const made = lengthOfRecords(files)
        expect(layout.size).toBe(made.size)
        expect([...layout.offsets]).toEqual(made.offsets)
        expect(layout.centralSize).toBe(made.centralSize)
      }),
      { numRuns: 500 },
    )
  })

  it('is 22 bytes for nothing', () => {
    expect(computeLayout([]).size).toBe(22)
  })

  it('adds the ZIP64 end records exactly from 65,535 entries on', () => {
    const plain = (files: LayoutFile[]) =>
      files.reduce((sum, { name, size }) => sum + 30 + name.length + size + 16 + 46 + name.length, 22)
    for (const [count, extra] of [
      [65_534, 0],
      [65_535, 76],
      [65_536, 76],
    ] as const) {
      const files = many(count)
      expect(computeLayout(files).size - plain(files)).toBe(extra)
      expect(computeLayout(files).size).toBe(lengthOfRecords(files).size)
    }
  })

  it('gives a file its ZIP64 fields exactly from 4 GiB - 1 on, and one behind 4 GiB only the offset', () => {
    const one = (size: number) => computeLayout([{ name: 'a', size }]).size - size
    // Local header 31, descriptor 16, central record 47, end 22; the end record needs ZIP64 as the directory lies behind 4 GiB.
    expect(one(2 ** 20)).toBe(31 + 16 + 47 + 22)
    expect(one(max32 - 1)).toBe(31 + 16 + 47 + 22 + 76)
    expect(one(max32)).toBe(31 + 20 + 24 + 47 + 28 + 22 + 76)
    const behind = computeLayout([
      { name: 'a', size: max32 },
      { name: 'b', size: 5 },
    ])
    expect(behind.centralSize).toBe(47 + 28 + 47 + 28)
  })
})
