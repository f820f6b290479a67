import { expect, it } from 'vitest'
import { unseenAfter } from './unseen.ts'

it('a tab nobody looks at tells a failure from a success, and keeps the failure in view', () => {
  expect(unseenAfter(null, 'completed')).toBe('done')
  expect(unseenAfter('done', 'failed')).toBe('failed')
  expect(unseenAfter(null, 'interrupted')).toBe('failed')
  expect(unseenAfter('failed', 'completed')).toBe('failed')
  expect(unseenAfter('done', 'cancelled')).toBe('done')
  expect(unseenAfter(null, 'cancelled')).toBe(null)
})
