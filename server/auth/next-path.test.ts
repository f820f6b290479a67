import { expect, it } from 'vitest'
import { safeNextPath } from './next-path.ts'

it.each(['/jobs', '/jobs?kind=video', '/run/upscale-4x', '/inputs#top'])('goes on to the page %s', (next) => {
  expect(safeNextPath(next)).toBe(next)
})

it.each([
  undefined,
  '',
  'jobs',
  'https://evil.example/',
  '//evil.example/',
  '/\\evil.example',
  '/\t/evil.example',
  '/.//evil.example',
  '/jobs/..//evil.example',
  'javascript:alert(1)',
  '/login?next=/jobs',
  '/api/admin/outputs-zip',
  '/engine',
  '/_next/static/x.js',
])('goes to the front page for %s', (next) => {
  expect(safeNextPath(next)).toBe('/')
})
