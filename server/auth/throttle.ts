/**
 * @file Slows down guessing: counts failures per address and overall in windows of a minute. While a block lasts the
 * right key is refused as well, or the answer would tell guesses apart.
 */
import { StudioError } from '../http/errors.ts'

const windowLength = 60_000
/** Addresses remembered at most; the one that failed longest ago is forgotten first. */
const maxAddresses = 10_000

export interface ThrottleLimits {
  /** Failures per minute from one address. */
  perAddress: number
  /** Failures per minute from all addresses together; `Infinity` for no such limit. */
  overall: number
}

export interface Throttle {
  /** @throws StudioError `too_many_requests` with the seconds to wait, while the address (or everybody) is blocked */
  check(address: string): void
  /** Notes a wrong guess. */
  failed(address: string): void
}

/** @param now - milliseconds, never going back */
export function createThrottle({ perAddress, overall }: ThrottleLimits, now: () => number): Throttle {
  const failures = new Map<string, number[]>()
  let all: number[] = []

  return {
    check(address) {
      if (failures.size === 0) return
      const start = now() - windowLength
      all = all.filter((time) => time > start)
      const own = (failures.get(address) ?? []).filter((time) => time > start)
      const blockedUntil = Math.max(endOfBlock(own, perAddress), endOfBlock(all, overall))
      if (blockedUntil > now()) {
        throw new StudioError('too_many_requests', 'Too many failed attempts. Wait a minute and try again', {
          retryAfter: Math.max(1, Math.ceil((blockedUntil - now()) / 1000)),
        })
      }
    },
    failed(address) {
      const start = now() - windowLength
      const own = (failures.get(address) ?? []).filter((time) => time > start)
      own.push(now())
      failures.delete(address)
      failures.set(address, own.slice(-perAddress))
      if (overall !== Number.POSITIVE_INFINITY) all = [...all, now()].slice(-overall)
      if (failures.size > maxAddresses) failures.delete(failures.keys().next().value!)
    },
  }
}

/** When the oldest of the failures that fill the limit leaves the window; 0 when the limit is not reached. */
function endOfBlock(times: readonly number[], limit: number): number {
  return times.length < limit ? 0 : times[times.length - limit]! + windowLength
}
