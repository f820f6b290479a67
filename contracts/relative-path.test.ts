import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRelativePath } from './relative-path.ts'

describe('parseRelativePath', () => {
  it('splits a plain path into its segments', () => {
    expect(parseRelativePath('job/final/a.png')).toEqual(['job', 'final', 'a.png'])
  })

  it('takes one trailing slash as none', () => {
    expect(parseRelativePath('job/')).toEqual(['job'])
  })

  it('judges dots per segment, so that a name may contain two of them', () => {
    expect(parseRelativePath('my..photo.png')).toEqual(['my..photo.png'])
    expect(parseRelativePath('...')).toEqual(['...'])
  })

  it.each([
    '',
    '/',
    '.',
    './',
    '..',
    '../x',
    'x/..',
    'x/../y',
    '/etc/passwd',
    'a//b',
    'a/./b',
    'a\\b',
    'a\u0000b',
    'a\nb',
    'x//',
  ])('refuses %j', (path) => {
    expect(parseRelativePath(path)).toBeNull()
  })

  it('refuses a segment over 255 bytes, counted in UTF-8', () => {
    expect(parseRelativePath('あ'.repeat(85))).not.toBeNull()
    expect(parseRelativePath('あ'.repeat(86))).toBeNull()
  })

  it('never lets a path out of its directory', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '.', '/', '\\', '\u0000', '~') }), (path) => {
        const segments = parseRelativePath(path)
        if (segments) for (const segment of segments) expect(['', '.', '..']).not.toContain(segment)
      }),
    )
  })
})
