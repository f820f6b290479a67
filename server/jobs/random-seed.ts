/** @file Random seeds: whole numbers that JSON carries exactly. */
import { randomBytes } from 'node:crypto'

/**
 * A whole number from 0 to 2^53 - 1, each as likely.
 * @param bytes - source of randomness
 */
export function randomSeed(bytes: (size: number) => Buffer = randomBytes): number {
  return Number(bytes(8).readBigUInt64BE() >> 11n)
}
