import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPlainPath } from './edge.ts'

describe('a request target with one reading', () => {
  it.each([
    '/',
    '/jobs',
    '/jobs/',
    '/api/admin/files/outputs/20260324_143052_a1b2c3/final/final_00001.png',
    '/api/admin/files/inputs/gr%C3%BC%C3%9Fe%20an%20alle.png?w=320',
    '/api/view?filename=a.png&subfolder=..%2F..%2Fx',
    '/api/userdata/workflows%2Fmine.json',
    '/engine/userdata/workflows%2Fmine.json',
    '/api/view/100%25.png',
    '/_next/static/chunks/%5Bjob%5D.js',
    '/a/...',
    '/a/.hidden',
  ])('passes: %s', (target) => {
    expect(isPlainPath(target)).toBe(true)
  })

  it.each([
    '',
    '*',
    'http://evil.example/',
    '//evil.example/',
    '/api//admin',
    '/api/./admin',
    '/api/../admin',
    '/..',
    '/api/%2e%2e/admin',
    '/api/.%2e/admin',
    '/api/admin%2fsystem',
    '/api/admin%2Fsystem',
    '/api/userdata/..%2f..%2fsecrets',
    '/api/userdata/a%2F%2Fb',
    '/api/a%5cb',
    '/api/a\\b',
    '/api/%00',
    '/api/%0d%0aset-cookie:x',
    '/api/%',
    '/api/%ff',
    '/api/%c0%af',
  ])('is refused otherwise: %s', (target) => {
    expect(isPlainPath(target)).toBe(false)
  })

  it('never passes a path that decoding turns into another route', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('.', '%2e', '/', '%2f', '%5c', 'a', '%61', '%'), { maxLength: 12 }),
        (parts) => {
          const target = `/${parts.join('')}`
          if (!isPlainPath(target)) return
          const decoded = decodeURIComponent(target)
          expect(new URL(`http://studio${target}`).pathname.split('/').length).toBe(decoded.split('/').length)
          expect(new URL(`http://studio${decoded}`).pathname).toBe(encodeURI(decoded))
        },
      ),
    )
  })
})
