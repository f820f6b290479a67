import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createThrottle } from './throttle.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('acts at once, then at most once per interval and key, and never loses the last poke', () => {
  const acts: string[] = []
  const throttle = createThrottle(250, (key) => acts.push(key))
  for (let n = 0; n < 95; n++) {
    throttle.poke('a')
    vi.advanceTimersByTime(10)
  }
  throttle.poke('b')
  expect(acts).toEqual(['a', 'a', 'a', 'a', 'b'])
  vi.advanceTimersByTime(1000)
  expect(acts).toEqual(['a', 'a', 'a', 'a', 'b', 'a'])
})

it('forgets what is pending when it is told so', () => {
  const acts: string[] = []
  const throttle = createThrottle(250, (key) => acts.push(key))
  throttle.poke('a')
  throttle.poke('a')
  throttle.cancel('a')
  vi.advanceTimersByTime(1000)
  expect(acts).toEqual(['a'])
  throttle.close()
})
