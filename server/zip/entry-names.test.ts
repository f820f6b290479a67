import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entryNames } from './entry-names.ts'

describe('names inside an archive', () => {
  it('stay as they are when they are safe', () => {
    const names = ['job/final/final_00001.png', 'ünïcode/猫.png', 'Same.png', 'same.png', 'a b/c (2).png', '..x/a..b']
    expect(entryNames(names)).toEqual(names)
  })

  it('get an underscore for each unsafe character', () => {
    expect(entryNames(['a\\b.png', 'C:x.png', 'tab\there', 'dot./end', 'spaces  /x', 'last...'])).toEqual([
      'a_b.png',
      'C_x.png',
      'tab_here',
      'dot_/end',
      'spaces__/x',
      'last___',
    ])
  })

  it('are made unique with a number, and never at the cost of a safe name', () => {
    expect(entryNames(['a:b.png', 'a\\b.png', 'a_b.png', 'a_b (2).png'])).toEqual([
      'a_b (3).png',
      'a_b (4).png',
      'a_b.png',
      'a_b (2).png',
    ])
  })

  it('are all different and all safe, whatever the paths', () => {
    const part = fc.string({
      minLength: 1,
      maxLength: 4,
      unit: fc.constantFrom('a', 'b', '.', ' ', ':', '\\', '\n', '_'),
    })
    const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 30 }), (paths) => {
        const names = entryNames(paths)
        expect(names).toHaveLength(paths.length)
        expect(new Set(names).size).toBe(paths.length)
        for (const name of names) expect(name).not.toMatch(/[\\:\n]|[. ](\/|$)/)
      }),
      { numRuns: 300 },
    )
  })
})
