/**
 * @file `torch.Generator('cpu')` with `torch.randn`: the same seed gives the same noise, to the last bit for single
 * precision. PyTorch has two ways to fill a tensor, chosen by its size, and both are here.
 */
import { cosSinf, logf } from './float32-math.ts'
import { Mt19937, type Seed } from './mt19937.ts'

const f = Math.fround
const twoPi = f(2 * Math.PI)

/** One stream of random numbers; each call continues where the last one ended. */
export class TorchGenerator {
  readonly #engine: Mt19937
  /** The second normal of a pair, kept for the next small draw. */
  #kept: number | undefined

  /**
   * @param seed - as for `manual_seed`: -2^63 to 2^64 - 1; only the low 32 bits matter
   * @throws RangeError when it is a fraction or not finite
   */
  constructor(seed: Seed) {
    this.#engine = new Mt19937(seed)
  }

  /** `torch.randn(count)`: standard normal values, single precision. */
  randn(count: number): Float32Array {
    return count < 16 ? this.#few(count) : this.#many(count)
  }

  /** `torch.randn(count, dtype=torch.float64)`. Differs from PyTorch by what its libm differs from this one. */
  randn64(count: number): Float64Array {
    if (count < 16) return Float64Array.from({ length: count }, () => this.#normal())
    const values = Float64Array.from({ length: count }, () => this.#uniform64())
    for (let at = 0; at + 16 <= count; at += 16) this.#boxMuller64(values, at)
    if (count % 16 !== 0) {
      for (let i = count - 16; i < count; i++) values[i] = this.#uniform64()
      this.#boxMuller64(values, count - 16)
    }
    return values
  }

  /** Below 16 values: one at a time in double precision, two uniforms of 53 bits for each pair. */
  #few(count: number): Float32Array {
    return Float32Array.from({ length: count }, () => this.#normal())
  }

  /**
   * From 16 values: uniforms of 24 bits for the whole tensor, turned into normals 16 at a time. A rest is not filled on
   * its own: the last 16 values are drawn anew.
   */
  #many(count: number): Float32Array {
    const values = new Float32Array(count)
    for (let i = 0; i < count; i++) values[i] = this.#uniform24()
    for (let at = 0; at + 16 <= count; at += 16) boxMuller(values, at)
    if (count % 16 !== 0) {
      for (let i = count - 16; i < count; i++) values[i] = this.#uniform24()
      boxMuller(values, count - 16)
    }
    return values
  }

  #normal(): number {
    if (this.#kept !== undefined) {
      const kept = this.#kept
      this.#kept = undefined
      return kept
    }
    const u1 = this.#uniform64()
    const u2 = this.#uniform64()
    const radius = Math.sqrt(-2 * Math.log1p(-u2))
    const theta = 2 * Math.PI * u1
    this.#kept = radius * Math.sin(theta)
    return radius * Math.cos(theta)
  }

  #boxMuller64(values: Float64Array, at: number): void {
    for (let i = at; i < at + 8; i++) {
      const radius = Math.sqrt(-2 * Math.log(1 - values[i]!))
      const theta = 2 * Math.PI * values[i + 8]!
      values[i] = radius * Math.cos(theta)
      values[i + 8] = radius * Math.sin(theta)
    }
  }

  /** 0 inclusive to 1 exclusive. */
  #uniform24(): number {
    return (this.#engine.next() & 0xffffff) * 2 ** -24
  }

  /** 53 of the 64 bits of two draws, the first one high. */
  #uniform64(): number {
    const high = this.#engine.next() & 0x1fffff
    return (high * 2 ** 32 + this.#engine.next()) * 2 ** -53
  }
}

const pair = new Float32Array(2)

/**
 * 16 uniforms become 16 normals: radii from the first eight, angles from the last eight.
 * @see Box and Muller 1958, doi 10.1214/aoms/1177706645
 */
function boxMuller(values: Float32Array, at: number): void {
  for (let i = at; i < at + 8; i++) {
    const radius = f(Math.sqrt(f(-2 * logf(f(1 - values[i]!)))))
    cosSinf(f(twoPi * values[i + 8]!), pair)
    values[i] = f(radius * pair[0]!) + 0
    values[i + 8] = f(radius * pair[1]!) + 0
  }
}
