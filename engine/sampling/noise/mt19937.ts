/**
 * @file The Mersenne Twister as PyTorch's CPU generator seeds and reads it. Knows 32 random bits at a time, nothing of
 * distributions.
 */

const size = 624
const shift = 397

/** Seeds as users have them: ComfyUI's are 0 to 2^64 - 1, above 2^53 only a bigint is exact. */
export type Seed = number | bigint

/**
 * A seed moved on by a few, still exact and still within 64 bits.
 * @throws RangeError when the seed is a fraction or not finite
 */
export function offsetSeed(seed: Seed, offset: number): bigint {
  return BigInt.asUintN(64, BigInt(seed) + BigInt(offset))
}

/**
 * 32 random bits at a time. The state is filled from the low 32 bits of the seed only, which is what PyTorch does: 5 and
 * 2^32 + 5 are the same seed.
 * @see Matsumoto and Nishimura 1998, "Mersenne Twister", doi 10.1145/272991.272995
 */
export class Mt19937 {
  readonly #state = new Uint32Array(size)
  #next = size

  /** @throws RangeError when the seed is a fraction or not finite */
  constructor(seed: Seed) {
    const state = this.#state
    state[0] = Number(BigInt.asUintN(32, BigInt(seed)))
    for (let j = 1; j < size; j++) {
      const previous = state[j - 1]!
      state[j] = Math.imul(1812433253, previous ^ (previous >>> 30)) + j
    }
  }

  /** The next value, 0 to 2^32 - 1. */
  next(): number {
    if (this.#next === size) this.#refill()
    let y = this.#state[this.#next++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }

  #refill(): void {
    const state = this.#state
    for (let j = 0; j < size; j++) {
      const mixed = (state[j]! & 0x80000000) | (state[(j + 1) % size]! & 0x7fffffff)
      state[j] = state[(j + shift) % size]! ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0)
    }
    this.#next = 0
  }
}
