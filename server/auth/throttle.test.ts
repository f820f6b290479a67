import { describe, expect, it } from 'vitest'
import { StudioError } from '../http/errors.ts'
import { createThrottle } from './throttle.ts'

function throttleAt(start = 0) {
  const clock = { now: start }
  const throttle = createThrottle({ perAddress: 5, overall: 20 }, () => clock.now)
  const fail = (address: string, times: number) => {
    for (let n = 0; n < times; n++) throttle.failed(address)
  }
  const waitOf = (address: string): number | undefined => {
    try {
      throttle.check(address)
    } catch (error) {
      expect(error).toBeInstanceOf(StudioError)
      expect((error as StudioError).code).toBe('too_many_requests')
      return (error as StudioError).retryAfter
    }
  }
  return { clock, fail, waitOf }
}

describe('the throttle', () => {
  it('lets an address fail five times a minute and then says how long to wait', () => {
    const { clock, fail, waitOf } = throttleAt()
    fail('a', 4)
    expect(waitOf('a')).toBeUndefined()
    clock.now = 10_000
    fail('a', 1)
    clock.now = 20_000
    expect(waitOf('a')).toBe(40)
    expect(waitOf('b')).toBeUndefined()
  })

  it('lets it try again when the oldest failure is a minute old', () => {
    const { clock, fail, waitOf } = throttleAt()
    fail('a', 5)
    clock.now = 59_999
    expect(waitOf('a')).toBe(1)
    clock.now = 60_000
    expect(waitOf('a')).toBeUndefined()
  })

  it('blocks everybody after twenty failures from many addresses', () => {
    const { clock, fail, waitOf } = throttleAt()
    for (let n = 0; n < 20; n++) fail(`address ${n}`, 1)
    expect(waitOf('somebody else')).toBe(60)
    clock.now = 60_000
    expect(waitOf('somebody else')).toBeUndefined()
  })

  it('forgets the addresses that failed longest ago instead of growing without bound', () => {
    const { fail, waitOf } = throttleAt()
    fail('first', 4)
    for (let n = 0; n < 10_000; n++) fail(`address ${n}`, 1)
    fail('first', 1)
    // Blocked by the overall limit only: its own four failures are forgotten.
    expect(waitOf('first')).toBe(60)
  })
})
