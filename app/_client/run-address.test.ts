import { expect, it } from 'vitest'
import { runFrom, runOn } from './run-address.ts'

it("leads to the form of a job's workflow, or of its graph", () => {
  expect(runFrom('20261120_101010_abcdef', 'upscale 2x')).toBe('/run/upscale%202x?from=20261120_101010_abcdef')
  expect(runFrom('20261120_101010_abcdef', 'draw', 'outputs:a/b.png')).toBe(
    '/run/draw?from=20261120_101010_abcdef&with=outputs%3Aa%2Fb.png',
  )
  expect(runFrom('20261120_101010_abcdef', null)).toBe('/run?from=20261120_101010_abcdef')
})

it('carries every chosen file', () => {
  expect(runOn(['a.png', 'sub/b c.png'], 'upscale-2x')).toEqual({
    href: '/run/upscale-2x?image=a.png&image=sub%2Fb%20c.png',
    taken: 2,
  })
})

it('takes as many files as an address has room for', () => {
  const { href, taken } = runOn(Array.from({ length: 500 }, (_, n) => `${n}_${'x'.repeat(90)}.png`))
  expect(href.length).toBeLessThanOrEqual(6100)
  expect(taken).toBeGreaterThan(50)
  expect(new URLSearchParams(href.split('?')[1]).getAll('image')).toHaveLength(taken)
})
