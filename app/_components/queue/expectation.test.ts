import { describe, expect, it } from 'vitest'
import { expectation } from './expectation.ts'

describe('when a waiting job starts', () => {
  it('is said by the jobs before it and the time they take, where that is known', () => {
    expect(expectation(2, 240, false)).toBe('Waits for 2 jobs, about 4 min')
    expect(expectation(1, null, false)).toBe('Waits for 1 job')
    expect(expectation(0, 0, false)).toBe('Starts now')
  })

  it('is not promised while the queue is paused', () => {
    expect(expectation(2, null, true)).toBe('Waits for 2 jobs, and until the queue goes on')
    expect(expectation(0, null, true)).toBe('Waits until the queue goes on')
  })
})
